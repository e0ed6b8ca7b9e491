#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using Rows = std::vector<std::vector<long long>>;
using Names = std::map<std::string, std::vector<double>>;
using Pair = std::tuple<std::string, std::tuple<bool, long long>>;

std::tuple<Rows, Names, std::optional<long long>, Pair> nested(
    Rows rows, Names names, std::optional<long long> maybe, Pair pair) {
    return {rows, names, maybe, pair};
}
