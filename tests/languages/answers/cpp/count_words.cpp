#include <bits/stdc++.h>
using namespace std;
#define int long long

map<string, int> count_words(string text) {
    map<string, int> counts;
    istringstream words(text);
    for (string word; words >> word;) ++counts[word];
    return counts;
}

signed main() { cout << count_words("a b").size() << endl; }
