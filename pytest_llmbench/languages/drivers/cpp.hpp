// What a C++ answer is called with; drivers/cpp.cpp has the rest.
//
// Included before the answer, so that its macros change nothing here, and with no more of the
// standard library than the types of a signature need.
#ifndef LLMBENCH_DRIVER
#define LLMBENCH_DRIVER

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace llmbench {

// The words of one call, from left to right.
class Reader {
public:
    explicit Reader(const std::string& line) : at_(line.c_str()) {}
    bool truth();
    long long integer();
    double number();
    std::string text();
    std::size_t count();
    bool is_none() const { return *at_ == 'n'; }
    void skip();

private:
    const char* at_;
};

// The words of one reply.
class Writer {
public:
    explicit Writer(const char* kind) : line(kind) {}
    void none() { word('n'); }
    void truth(bool value) { word(value ? 't' : 'f'); }
    void integer(long long value);
    void number(double value);
    void text(const std::string& value);
    void count(char kind, std::size_t count);
    std::string line;

private:
    void word(char kind);
};

using Call = void (*)(Reader&, Writer&);

// Answer calls until there are no more.
int serve(Call call);

// One specialisation for each kind of value: how it is read and how it is written.
template <class T> struct Value;

template <> struct Value<bool> {
    static bool read(Reader& in) { return in.truth(); }
    static void write(bool value, Writer& out) { out.truth(value); }
};

template <> struct Value<long long> {
    static long long read(Reader& in) { return in.integer(); }
    static void write(long long value, Writer& out) { out.integer(value); }
};

template <> struct Value<double> {
    static double read(Reader& in) { return in.number(); }
    static void write(double value, Writer& out) { out.number(value); }
};

template <> struct Value<std::string> {
    static std::string read(Reader& in) { return in.text(); }
    static void write(const std::string& value, Writer& out) { out.text(value); }
};

template <> struct Value<std::monostate> {
    static std::monostate read(Reader& in) { in.skip(); return {}; }
    static void write(std::monostate, Writer& out) { out.none(); }
};

template <class T> struct Value<std::optional<T>> {
    static std::optional<T> read(Reader& in) {
        if (!in.is_none()) return Value<T>::read(in);
        in.skip();
        return std::nullopt;
    }
    static void write(const std::optional<T>& value, Writer& out) {
        if (value) Value<T>::write(*value, out);
        else out.none();
    }
};

template <class T> struct Value<std::vector<T>> {
    static std::vector<T> read(Reader& in) {
        std::vector<T> items;
        for (std::size_t left = in.count(); left > 0; --left) items.push_back(Value<T>::read(in));
        return items;
    }
    static void write(const std::vector<T>& items, Writer& out) {
        out.count('l', items.size());
        for (const auto& item : items) Value<T>::write(item, out);
    }
};

template <class T> struct Value<std::set<T>> {
    static std::set<T> read(Reader& in) {
        std::set<T> items;
        for (std::size_t left = in.count(); left > 0; --left) items.insert(Value<T>::read(in));
        return items;
    }
    static void write(const std::set<T>& items, Writer& out) {
        out.count('h', items.size());
        for (const T& item : items) Value<T>::write(item, out);
    }
};

template <class K, class T> struct Value<std::map<K, T>> {
    static std::map<K, T> read(Reader& in) {
        std::map<K, T> items;
        for (std::size_t left = in.count(); left > 0; --left) {
            K key = Value<K>::read(in);
            items[key] = Value<T>::read(in);
        }
        return items;
    }
    static void write(const std::map<K, T>& items, Writer& out) {
        out.count('m', items.size());
        for (const auto& item : items) {
            Value<K>::write(item.first, out);
            Value<T>::write(item.second, out);
        }
    }
};

template <class... T> struct Value<std::tuple<T...>> {
    static std::tuple<T...> read(Reader& in) {
        in.skip();
        return std::tuple<T...>{Value<T>::read(in)...};  // braces: from left to right
    }
    static void write(const std::tuple<T...>& items, Writer& out) {
        out.count('p', sizeof...(T));
        std::apply([&](const T&... item) { (Value<T>::write(item, out), ...); }, items);
    }
};

}  // namespace llmbench

#endif
