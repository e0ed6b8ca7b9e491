// Brings its own main, with macros of the kind that is common in contests.
#include <bits/stdc++.h>
using namespace std;
#define int long long
#define all(x) (x).begin(), (x).end()
#define rep(i, n) for (int i = 0; i < (n); ++i)

int add(int a, int b) {
    vector<int> xs{a, b};
    int sum = 0;
    rep(i, 2) sum += xs[i];
    return sum;
}

signed main() {
    ios::sync_with_stdio(false);
    int a, b;
    cin >> a >> b;
    cout << add(a, b) << endl;
    return 1;
}
