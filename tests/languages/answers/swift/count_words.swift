import Foundation

func count_words(text: String) -> [String: Int] {
    var counts: [String: Int] = [:]
    for word in text.components(separatedBy: " ") where !word.isEmpty {
        counts[word, default: 0] += 1
    }
    return counts
}

print(count_words(text: "a b a"))
