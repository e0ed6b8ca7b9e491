// Serve calls of a C++ answer; the format of a line is that of grading/wire.py.
#include "driver.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <iostream>
#include <new>
#include <typeinfo>
#include <unistd.h>

namespace llmbench {

void Reader::skip() {
    while (*at_ && *at_ != ' ') ++at_;
    if (*at_) ++at_;
}

bool Reader::truth() {
    bool value = *at_ == 't';
    skip();
    return value;
}

long long Reader::integer() {
    long long value = std::strtoll(at_ + 1, nullptr, 10);
    skip();
    return value;
}

double Reader::number() {
    double value = std::strtod(at_ + 1, nullptr);
    skip();
    return value;
}

std::size_t Reader::count() { return static_cast<std::size_t>(integer()); }

std::string Reader::text() {
    auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string text;
    for (++at_; *at_ && *at_ != ' '; at_ += 2)
        text += static_cast<char>(digit(at_[0]) * 16 + digit(at_[1]));
    skip();
    return text;
}

void Writer::word(char kind) {
    line += ' ';
    line += kind;
}

void Writer::integer(long long value) {
    word('i');
    line += std::to_string(value);
}

void Writer::count(char kind, std::size_t count) {
    word(kind);
    line += std::to_string(count);
}

void Writer::number(double value) {
    char text[64];
    if (std::isnan(value)) std::snprintf(text, sizeof text, "nan");
    else if (std::isinf(value)) std::snprintf(text, sizeof text, value > 0 ? "inf" : "-inf");
    else std::snprintf(text, sizeof text, "%.17g", value);
    word('d');
    line += text;
}

void Writer::text(const std::string& value) {
    static const char digits[] = "0123456789abcdef";
    word('s');
    for (unsigned char c : value) {
        line += digits[c >> 4];
        line += digits[c & 15];
    }
}

static void say(std::string line) {
    line += '\n';
    for (std::size_t sent = 0; sent < line.size();) {
        ssize_t some = ::write(4, line.data() + sent, line.size() - sent);
        if (some <= 0) ::_exit(1);
        sent += static_cast<std::size_t>(some);
    }
}

static bool read_line(std::string& line) {
    static std::string unread;
    std::size_t end, searched = 0;
    while ((end = unread.find('\n', searched)) == std::string::npos) {
        searched = unread.size();
        char buffer[65536];
        ssize_t got = ::read(3, buffer, sizeof buffer);
        if (got <= 0) return false;
        unread.append(buffer, static_cast<std::size_t>(got));
    }
    line = unread.substr(0, end);
    unread.erase(0, end + 1);
    return true;
}

static std::string raised(const std::string& type, const std::string& message) {
    Writer reply("e");
    reply.text(type);
    reply.text(message.substr(0, 1000));
    return reply.line;
}

static std::string type_of(const std::exception& error) {
    int status = 0;
    const char* mangled = typeid(error).name();
    char* name = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
    std::string type = name ? name : mangled;
    std::free(name);
    return type;
}

static std::string answer(Call call, const std::string& line) {
    Reader in(line);
    in.skip();  // the function's name: there is only one
    in.skip();  // how many arguments
    Writer reply("v");
    try {
        call(in, reply);
        return reply.line;
    } catch (const std::bad_alloc&) {
        return raised("std::bad_alloc", "allocation failed");
    } catch (const std::exception& error) {
        return raised(type_of(error), error.what());
    } catch (const std::string& message) {
        return raised("std::string", message);
    } catch (const char* message) {
        return raised("const char*", message);
    } catch (int number) {
        return raised("int", std::to_string(number));
    } catch (...) {
        return raised("an exception", "");
    }
}

int serve(Call call) {
    say("r");
    for (std::string line; read_line(line);) {
        std::string reply = answer(call, line);
        std::cout.flush();
        std::fflush(nullptr);
        say(reply);
    }
    // Not by main's end: a destructor of the answer may wait for what never comes.
    ::_exit(0);
}

}  // namespace llmbench
