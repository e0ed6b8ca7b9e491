#include <bits/stdc++.h>

std::tuple<std::set<long long>, std::set<std::string>> sets(
    std::set<long long> a, std::set<std::string> b) {
    return {a, b};
}
