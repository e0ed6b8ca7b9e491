#include <bits/stdc++.h>
using namespace std;

int main() {
    long long sum = 0;
    for (long long number; cin >> number;) sum += number;
    cout << sum << "\n";
}
