// Serve calls of a Swift answer; the format of a line is that of grading/wire.py.
//
// All in one namespace, beside an answer that may define anything else. Tuples conform to no
// protocol, so values are read and written by codecs.
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

enum LLMBench {
    final class Words {
        private let words: [Substring]
        private var at = 0

        init(_ line: String) { words = line.split(separator: " ") }

        var isNothing: Bool { words[at] == "n" }

        func next() -> Substring {
            at += 1
            return words[at - 1]
        }

        func payload() -> Substring { next().dropFirst() }

        func count() -> Int { Int(payload())! }
    }

    struct Codec<Value> {
        let read: (Words) -> Value
        let write: (Value, inout String) -> Void
    }

    // -- codecs -------------------------------------------------------------------------

    static let nothing = Codec<Void>(
        read: { words in _ = words.next() }, write: { _, out in out += " n" })

    static let bool = Codec<Bool>(
        read: { words in words.next() == "t" }, write: { value, out in out += value ? " t" : " f" })

    static let int = Codec<Int>(
        read: { words in Int(words.payload())! }, write: { value, out in out += " i\(value)" })

    static let double = Codec<Double>(
        read: { words in Double(words.payload())! },
        write: { value, out in out += value.isNaN ? " dnan" : " d\(value)" })

    static let string = Codec<String>(
        read: { words in LLMBench.text(of: words.payload()) },
        write: { value, out in out += " " + LLMBench.word(of: value) })

    static func optional<T>(_ inner: Codec<T>) -> Codec<T?> {
        Codec<T?>(
            read: { words in
                if words.isNothing {
                    _ = words.next()
                    return nil
                }
                return inner.read(words)
            },
            write: { value, out in
                if let value = value { inner.write(value, &out) } else { out += " n" }
            })
    }

    static func list<T>(_ item: Codec<T>) -> Codec<[T]> {
        Codec<[T]>(
            read: { words in (0..<words.count()).map { _ in item.read(words) } },
            write: { values, out in
                out += " l\(values.count)"
                for value in values { item.write(value, &out) }
            })
    }

    static func set<T: Hashable>(_ item: Codec<T>) -> Codec<Set<T>> {
        Codec<Set<T>>(
            read: { words in Set((0..<words.count()).map { _ in item.read(words) }) },
            write: { values, out in
                out += " h\(values.count)"
                for value in values { item.write(value, &out) }
            })
    }

    static func dictionary<K: Hashable, V>(_ key: Codec<K>, _ item: Codec<V>) -> Codec<[K: V]> {
        Codec<[K: V]>(
            read: { words in
                var values: [K: V] = [:]
                for _ in 0..<words.count() {
                    let name = key.read(words)
                    values.updateValue(item.read(words), forKey: name)
                }
                return values
            },
            write: { values, out in
                out += " m\(values.count)"
                for (name, value) in values {
                    key.write(name, &out)
                    item.write(value, &out)
                }
            })
    }

    static func tuple<A, B>(_ a: Codec<A>, _ b: Codec<B>) -> Codec<(A, B)> {
        Codec<(A, B)>(
            read: { words in
                _ = words.next()
                return (a.read(words), b.read(words))
            },
            write: { value, out in
                out += " p2"
                a.write(value.0, &out)
                b.write(value.1, &out)
            })
    }

    static func tuple<A, B, C>(
        _ a: Codec<A>, _ b: Codec<B>, _ c: Codec<C>
    ) -> Codec<(A, B, C)> {
        Codec<(A, B, C)>(
            read: { words in
                _ = words.next()
                return (a.read(words), b.read(words), c.read(words))
            },
            write: { value, out in
                out += " p3"
                a.write(value.0, &out)
                b.write(value.1, &out)
                c.write(value.2, &out)
            })
    }

    static func tuple<A, B, C, D>(
        _ a: Codec<A>, _ b: Codec<B>, _ c: Codec<C>, _ d: Codec<D>
    ) -> Codec<(A, B, C, D)> {
        Codec<(A, B, C, D)>(
            read: { words in
                _ = words.next()
                return (a.read(words), b.read(words), c.read(words), d.read(words))
            },
            write: { value, out in
                out += " p4"
                a.write(value.0, &out)
                b.write(value.1, &out)
                c.write(value.2, &out)
                d.write(value.3, &out)
            })
    }

    // -- text: hexadecimal digits of its UTF-8 ------------------------------------------

    static func text(of digits: Substring) -> String {
        let codes = Array(digits.utf8)
        func digit(_ code: UInt8) -> UInt8 { code <= 57 ? code - 48 : code - 87 }
        let bytes = stride(from: 0, to: codes.count, by: 2).map { at in
            digit(codes[at]) * 16 + digit(codes[at + 1])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func word(of text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var codes = Array("s".utf8)
        for byte in text.utf8 {
            codes.append(digits[Int(byte >> 4)])
            codes.append(digits[Int(byte & 15)])
        }
        return String(decoding: codes, as: UTF8.self)
    }

    // -- the conversation ---------------------------------------------------------------

    static func serve(_ call: (Words) throws -> String) {
        say("r")
        while let line = nextLine() {
            let words = Words(line)
            // The function's name, for there is only one, and the number of arguments.
            _ = words.next()
            _ = words.next()
            var reply: String
            do {
                reply = try call(words)
            } catch {
                let message = String("\(error)".prefix(1000))
                reply = "e \(word(of: "\(type(of: error))")) \(word(of: message))"
            }
            fflush(nil)
            say(reply)
        }
    }

    private static var unread: [UInt8] = []

    private static func nextLine() -> String? {
        let size = 65536
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            if let end = unread.firstIndex(of: 10) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeFirst(end + 1)
                return line
            }
            let got = read(3, &buffer, size)
            if got <= 0 { return nil }
            unread.append(contentsOf: buffer[..<got])
        }
    }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let wrote = bytes.withUnsafeBytes { all in
                write(4, all.baseAddress! + sent, bytes.count - sent)
            }
            if wrote <= 0 { exit(1) }
            sent += wrote
        }
    }
}
