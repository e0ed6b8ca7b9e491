#include <bits/stdc++.h>
using namespace std;

tuple<long long, double, bool, string> scalars(long long i, double x, bool b, const string& s) {
    return {i, x, b, s};
}
