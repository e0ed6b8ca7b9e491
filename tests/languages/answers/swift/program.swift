var sum = 0
while let line = readLine() {
    for word in line.split(whereSeparator: { $0.isWhitespace }) {
        sum += Int(word)!
    }
}
print(sum)
