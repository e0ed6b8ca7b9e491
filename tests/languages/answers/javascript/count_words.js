function countWords(text) {
  const counts = new Map();
  for (const word of text.split(" ").filter(Boolean)) counts.set(word, (counts.get(word) || 0) + 1);
  return counts;
}
module.exports = { count_words: countWords };
