// Serve calls of a C++ answer; the format of a line is that of grading/wire.py.
//
// Included before the answer, so that its macros change nothing here.
#include <bits/stdc++.h>
#include <unistd.h>

namespace llmbench {

struct Words {
    std::string line;
    std::size_t at = 0;

    std::string next() {
        std::size_t end = line.find(' ', at);
        if (end == std::string::npos) end = line.size();
        std::string word = line.substr(at, end - at);
        at = std::min(end + 1, line.size());
        return word;
    }
};

inline std::string text_of(const std::string& word) {
    auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string text;
    for (std::size_t i = 1; i + 1 < word.size(); i += 2)
        text += static_cast<char>(digit(word[i]) * 16 + digit(word[i + 1]));
    return text;
}

inline std::string word_of(const std::string& text) {
    static const char digits[] = "0123456789abcdef";
    std::string word = "s";
    for (unsigned char c : text) {
        word += digits[c >> 4];
        word += digits[c & 15];
    }
    return word;
}

inline std::size_t count_of(Words& words) { return std::stoull(words.next().substr(1)); }

// One specialisation for each kind of value: how it is read and how it is written.
template <class T, class = void> struct Value;

template <> struct Value<bool> {
    static bool read(Words& words) { return words.next() == "t"; }
    static void write(bool value, std::string& out) { out += value ? " t" : " f"; }
};

template <class T> struct Value<T, std::enable_if_t<std::is_integral_v<T>>> {
    static T read(Words& words) { return static_cast<T>(std::stoll(words.next().substr(1))); }
    static void write(T value, std::string& out) { out += " i" + std::to_string(value); }
};

template <class T> struct Value<T, std::enable_if_t<std::is_floating_point_v<T>>> {
    static T read(Words& words) {
        return static_cast<T>(std::strtod(words.next().c_str() + 1, nullptr));
    }
    static void write(T value, std::string& out) {
        char text[64];
        if (std::isnan(value)) std::snprintf(text, sizeof text, "nan");
        else if (std::isinf(value)) std::snprintf(text, sizeof text, value > 0 ? "inf" : "-inf");
        else std::snprintf(text, sizeof text, "%.17g", static_cast<double>(value));
        out += std::string(" d") + text;
    }
};

template <> struct Value<std::string> {
    static std::string read(Words& words) { return text_of(words.next()); }
    static void write(const std::string& value, std::string& out) { out += " " + word_of(value); }
};

template <> struct Value<std::monostate> {
    static std::monostate read(Words& words) { words.next(); return {}; }
    static void write(std::monostate, std::string& out) { out += " n"; }
};

template <class T> struct Value<std::optional<T>> {
    static std::optional<T> read(Words& words) {
        if (words.line[words.at] != 'n') return Value<T>::read(words);
        words.next();
        return std::nullopt;
    }
    static void write(const std::optional<T>& value, std::string& out) {
        if (value) Value<T>::write(*value, out);
        else out += " n";
    }
};

template <class T> struct Value<std::vector<T>> {
    static std::vector<T> read(Words& words) {
        std::vector<T> items;
        for (std::size_t left = count_of(words); left > 0; --left)
            items.push_back(Value<T>::read(words));
        return items;
    }
    static void write(const std::vector<T>& items, std::string& out) {
        out += " l" + std::to_string(items.size());
        for (const auto& item : items) Value<T>::write(item, out);
    }
};

template <class T> struct Value<std::set<T>> {
    static std::set<T> read(Words& words) {
        std::set<T> items;
        for (std::size_t left = count_of(words); left > 0; --left)
            items.insert(Value<T>::read(words));
        return items;
    }
    static void write(const std::set<T>& items, std::string& out) {
        out += " h" + std::to_string(items.size());
        for (const auto& item : items) Value<T>::write(item, out);
    }
};

template <class K, class T> struct Value<std::map<K, T>> {
    static std::map<K, T> read(Words& words) {
        std::map<K, T> items;
        for (std::size_t left = count_of(words); left > 0; --left) {
            K key = Value<K>::read(words);
            items.emplace(std::move(key), Value<T>::read(words));
        }
        return items;
    }
    static void write(const std::map<K, T>& items, std::string& out) {
        out += " m" + std::to_string(items.size());
        for (const auto& [key, item] : items) {
            Value<K>::write(key, out);
            Value<T>::write(item, out);
        }
    }
};

template <class... T> struct Value<std::tuple<T...>> {
    static std::tuple<T...> read(Words& words) {
        words.next();
        return std::tuple<T...>{Value<T>::read(words)...};  // braces: from left to right
    }
    static void write(const std::tuple<T...>& items, std::string& out) {
        out += " p" + std::to_string(sizeof...(T));
        std::apply([&](const auto&... item) { (Value<std::decay_t<decltype(item)>>::write(item, out), ...); }, items);
    }
};

inline void say(const std::string& line) {
    std::string rest = line + "\n";
    while (!rest.empty()) {
        ssize_t sent = ::write(4, rest.data(), rest.size());
        if (sent <= 0) ::_exit(1);
        rest.erase(0, static_cast<std::size_t>(sent));
    }
}

inline bool read_line(std::string& line) {
    static std::string unread;
    for (;;) {
        std::size_t end = unread.find('\n');
        if (end != std::string::npos) {
            line = unread.substr(0, end);
            unread.erase(0, end + 1);
            return true;
        }
        char buffer[65536];
        ssize_t got = ::read(3, buffer, sizeof buffer);
        if (got <= 0) return false;
        unread.append(buffer, static_cast<std::size_t>(got));
    }
}

template <class Result, class Arguments> int serve(Result (*call)(Arguments&)) {
    say("r");
    std::string line;
    while (read_line(line)) {
        Words words{line};
        words.next();  // the function's name: there is only one
        auto arguments = Value<Arguments>::read(words);
        std::string reply = "v";
        try {
            Value<Result>::write(call(arguments), reply);
        } catch (const std::exception& error) {
            reply = "e " + word_of("std::exception") + " " + word_of(std::string(error.what()).substr(0, 1000));
        } catch (...) {
            reply = "e " + word_of("exception") + " s";
        }
        std::cout.flush();
        std::fflush(nullptr);
        say(reply);
    }
    return 0;
}

}  // namespace llmbench
