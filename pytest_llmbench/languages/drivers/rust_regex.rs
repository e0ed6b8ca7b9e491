//! As much of the crate `regex` as public benchmarks use, where it is not at hand.
//!
//! It tries one way after the other, which takes long for some expressions, and knows
//! classes, groups, repetitions, alternatives and anchors, but no names of Unicode classes.

use std::borrow::Cow;
use std::fmt;
use std::ops::Index;

#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "regex parse error: {}", self.0)
    }
}

impl std::error::Error for Error {}

#[derive(Clone, Debug)]
enum Node {
    Set(Vec<(char, char)>, bool),
    Start,
    End,
    Boundary(bool),
    Group(Vec<Vec<Node>>, Option<usize>),
    Repeat(Box<Node>, usize, usize, bool),
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    groups: usize,
}

impl Parser<'_> {
    fn takes(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn alternatives(&mut self) -> Result<Vec<Vec<Node>>, Error> {
        let mut all = vec![Vec::new()];
        while let Some(&next) = self.rest.peek() {
            match next {
                ')' => break,
                '|' => {
                    self.rest.next();
                    all.push(Vec::new());
                }
                _ => {
                    let node = self.repeated()?;
                    all.last_mut().expect("one at least").push(node);
                }
            }
        }
        Ok(all)
    }

    fn repeated(&mut self) -> Result<Node, Error> {
        let mut node = self.single()?;
        while let Some(&next) = self.rest.peek() {
            let (least, most) = match next {
                '*' => (0, usize::MAX),
                '+' => (1, usize::MAX),
                '?' => (0, 1),
                '{' => (0, 0),
                _ => break,
            };
            self.rest.next();
            let (least, most) = if next == '{' { self.bounds()? } else { (least, most) };
            node = Node::Repeat(Box::new(node), least, most, !self.takes('?'));
        }
        Ok(node)
    }

    fn bounds(&mut self) -> Result<(usize, usize), Error> {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == '}' {
                let number = |digits: &str| digits.trim().parse::<usize>().ok();
                let found = match text.split_once(',') {
                    None => number(&text).map(|count| (count, count)),
                    Some((least, "")) => number(least).map(|least| (least, usize::MAX)),
                    Some((least, most)) => number(least).zip(number(most)),
                };
                return found.ok_or_else(|| Error(format!("not a count: {text}")));
            }
            text.push(next);
        }
        Err(Error("unclosed counted repetition".to_string()))
    }

    fn single(&mut self) -> Result<Node, Error> {
        Ok(match self.rest.next().expect("looked at before") {
            '.' => Node::Set(vec![('\n', '\n')], true),
            '^' => Node::Start,
            '$' => Node::End,
            '[' => self.class()?,
            '(' => {
                let mut number = None;
                if self.takes('?') {
                    if !self.takes(':') {
                        return Err(Error("unknown group".to_string()));
                    }
                } else {
                    self.groups += 1;
                    number = Some(self.groups);
                }
                let inside = self.alternatives()?;
                if !self.takes(')') {
                    return Err(Error("unclosed group".to_string()));
                }
                Node::Group(inside, number)
            }
            '\\' => self.escape()?,
            next @ ('*' | '+' | '?') => return Err(Error(format!("nothing to repeat with {next}"))),
            next => Node::Set(vec![(next, next)], false),
        })
    }

    fn escape(&mut self) -> Result<Node, Error> {
        let Some(next) = self.rest.next() else {
            return Err(Error("incomplete escape sequence".to_string()));
        };
        let one = |character: char| Node::Set(vec![(character, character)], false);
        let word = vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
        let space = vec![(' ', ' '), ('\t', '\r'), ('\u{a0}', '\u{a0}')];
        Ok(match next {
            'd' | 'D' => Node::Set(vec![('0', '9')], next == 'D'),
            'w' | 'W' => Node::Set(word, next == 'W'),
            's' | 'S' => Node::Set(space, next == 'S'),
            'b' | 'B' => Node::Boundary(next == 'b'),
            'A' => Node::Start,
            'z' => Node::End,
            'n' => one('\n'),
            't' => one('\t'),
            'r' => one('\r'),
            other => one(other),
        })
    }

    fn class(&mut self) -> Result<Node, Error> {
        let negated = self.takes('^');
        let mut ranges = Vec::new();
        let mut is_first = true;
        while let Some(next) = self.rest.next() {
            if next == ']' && !is_first {
                return Ok(Node::Set(ranges, negated));
            }
            is_first = false;
            let low = match next {
                '\\' => match self.escape()? {
                    Node::Set(inner, false) if inner.len() == 1 && inner[0].0 == inner[0].1 => {
                        inner[0].0
                    }
                    Node::Set(inner, false) => {
                        ranges.extend(inner);
                        continue;
                    }
                    _ => return Err(Error("unknown escape in a class".to_string())),
                },
                other => other,
            };
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']') {
                self.rest.next();
                let high = self.rest.next().expect("looked at before");
                ranges.push((low, high));
            } else {
                ranges.push((low, low));
            }
        }
        Err(Error("unclosed character class".to_string()))
    }
}

type Slots = Vec<Option<(usize, usize)>>;

struct Matcher<'t> {
    text: &'t str,
    slots: Slots,
}

impl Matcher<'_> {
    fn is_word(&self, at: usize, before: bool) -> bool {
        let near =
            if before { self.text[..at].chars().next_back() } else { self.text[at..].chars().next() };
        near.is_some_and(|character| character.is_alphanumeric() || character == '_')
    }

    /// Match nodes from here on, and then whatever comes after them.
    fn run(&mut self, nodes: &[Node], at: usize, then: &mut dyn FnMut(&mut Self, usize) -> bool) -> bool {
        let Some((node, rest)) = nodes.split_first() else { return then(self, at) };
        match node {
            Node::Set(ranges, negated) => {
                let Some(next) = self.text[at..].chars().next() else { return false };
                let is_in = ranges.iter().any(|&(low, high)| low <= next && next <= high);
                is_in != *negated && self.run(rest, at + next.len_utf8(), then)
            }
            Node::Start => at == 0 && self.run(rest, at, then),
            Node::End => at == self.text.len() && self.run(rest, at, then),
            Node::Boundary(wanted) => {
                (self.is_word(at, true) != self.is_word(at, false)) == *wanted
                    && self.run(rest, at, then)
            }
            Node::Group(alternatives, number) => alternatives.iter().any(|inside| {
                let kept = self.slots.clone();
                let found = self.run(inside, at, &mut |matcher, end| {
                    let before = number.map(|number| matcher.slots[number].replace((at, end)));
                    if matcher.run(rest, end, then) {
                        return true;
                    }
                    if let (Some(number), Some(before)) = (number, before) {
                        matcher.slots[*number] = before;
                    }
                    false
                });
                if !found {
                    self.slots = kept;
                }
                found
            }),
            Node::Repeat(inner, least, most, greedy) => {
                self.repeat(inner, (*least, *most, *greedy), 0, at, rest, then)
            }
        }
    }

    fn repeat(
        &mut self,
        inner: &Node,
        bounds: (usize, usize, bool),
        done: usize,
        at: usize,
        rest: &[Node],
        then: &mut dyn FnMut(&mut Self, usize) -> bool,
    ) -> bool {
        let (least, most, greedy) = bounds;
        if done >= least && !greedy && self.run(rest, at, then) {
            return true;
        }
        let more = done < most
            && self.run(std::slice::from_ref(inner), at, &mut |matcher, end| {
                (end > at || done < least) && matcher.repeat(inner, bounds, done + 1, end, rest, then)
            });
        more || (done >= least && greedy && self.run(rest, at, then))
    }
}

#[derive(Clone, Debug)]
pub struct Regex {
    nodes: Vec<Node>,
    groups: usize,
    source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Match<'t> {
    pub fn start(&self) -> usize {
        self.start
    }
    pub fn end(&self) -> usize {
        self.end
    }
    pub fn as_str(&self) -> &'t str {
        &self.text[self.start..self.end]
    }
}

#[derive(Debug)]
pub struct Captures<'t> {
    text: &'t str,
    slots: Slots,
}

impl<'t> Captures<'t> {
    pub fn get(&self, number: usize) -> Option<Match<'t>> {
        let (start, end) = (*self.slots.get(number)?)?;
        Some(Match { text: self.text, start, end })
    }
    pub fn len(&self) -> usize {
        self.slots.len()
    }
}

impl Index<usize> for Captures<'_> {
    type Output = str;
    fn index(&self, number: usize) -> &str {
        self.get(number).expect("a group that took part").as_str()
    }
}

impl Regex {
    pub fn new(source: &str) -> Result<Regex, Error> {
        let mut parser = Parser { rest: source.chars().peekable(), groups: 0 };
        let alternatives = parser.alternatives()?;
        if parser.rest.next().is_some() {
            return Err(Error("unopened group".to_string()));
        }
        let nodes = vec![Node::Group(alternatives, Some(0))];
        Ok(Regex { nodes, groups: parser.groups, source: source.to_string() })
    }

    pub fn as_str(&self) -> &str {
        &self.source
    }

    fn from<'t>(&self, text: &'t str, start: usize) -> Option<Captures<'t>> {
        let places = text[start..].char_indices().map(|(at, _)| start + at);
        for at in places.chain([text.len()]) {
            let mut matcher = Matcher { text, slots: vec![None; self.groups + 1] };
            if matcher.run(&self.nodes, at, &mut |_, _| true) {
                return Some(Captures { text, slots: matcher.slots });
            }
        }
        None
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.from(text, 0).is_some()
    }

    pub fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.from(text, 0)?.get(0)
    }

    pub fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.from(text, 0)
    }

    pub fn captures_iter<'t>(&self, text: &'t str) -> std::vec::IntoIter<Captures<'t>> {
        let mut all = Vec::new();
        let mut at = 0;
        let mut last = None;
        while at <= text.len() {
            let Some(found) = self.from(text, at) else { break };
            let whole = found.get(0).expect("the whole match");
            let is_empty = whole.end == whole.start;
            let step = text[whole.end..].chars().next().map_or(1, char::len_utf8);
            at = if is_empty { whole.end + step } else { whole.end };
            if !is_empty || last != Some(whole.end) {
                all.push(found);
            }
            last = Some(whole.end);
        }
        all.into_iter()
    }

    pub fn find_iter<'t>(&self, text: &'t str) -> std::vec::IntoIter<Match<'t>> {
        let all: Vec<_> = self.captures_iter(text).filter_map(|found| found.get(0)).collect();
        all.into_iter()
    }

    pub fn split<'t>(&self, text: &'t str) -> std::vec::IntoIter<&'t str> {
        let mut parts = Vec::new();
        let mut start = 0;
        for found in self.find_iter(text) {
            parts.push(&text[start..found.start]);
            start = found.end;
        }
        parts.push(&text[start..]);
        parts.into_iter()
    }

    fn replaced<'t>(&self, text: &'t str, most: usize, with: &str) -> Cow<'t, str> {
        let mut result = String::new();
        let mut start = 0;
        for found in self.captures_iter(text).take(most) {
            let whole = found.get(0).expect("the whole match");
            result.push_str(&text[start..whole.start]);
            let mut rest = with;
            while let Some((before, after)) = rest.split_once('$') {
                result.push_str(before);
                let digits = after.chars().take_while(char::is_ascii_digit).count();
                if digits == 0 {
                    result.push('$');
                } else if let Some(group) = after[..digits].parse().ok().and_then(|n| found.get(n)) {
                    result.push_str(group.as_str());
                }
                rest = &after[digits..];
            }
            result.push_str(rest);
            start = whole.end;
        }
        if start == 0 && result.is_empty() {
            return Cow::Borrowed(text);
        }
        result.push_str(&text[start..]);
        Cow::Owned(result)
    }

    pub fn replace<'t>(&self, text: &'t str, with: &str) -> Cow<'t, str> {
        self.replaced(text, 1, with)
    }

    pub fn replace_all<'t>(&self, text: &'t str, with: &str) -> Cow<'t, str> {
        self.replaced(text, usize::MAX, with)
    }
}
