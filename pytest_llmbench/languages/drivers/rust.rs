//! Serve calls of a Rust answer; the format of a line is that of grading/wire.py.
//!
//! A crate of its own, so that it is compiled once, and so that an answer cannot shadow it.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::hash::Hash;
use std::io::{BufRead, BufReader, Write as _};
use std::os::fd::FromRawFd;
use std::panic::{self, AssertUnwindSafe};

/// The words of one call, from left to right.
pub struct Words<'a>(std::str::Split<'a, char>);

impl<'a> Words<'a> {
    fn next(&mut self) -> &'a str {
        self.0.next().unwrap_or("n")
    }

    fn count(&mut self) -> usize {
        self.next()[1..].parse().unwrap_or(0)
    }
}

/// A value that can be an argument.
pub trait Read: Sized {
    fn read(words: &mut Words) -> Self;
}

/// A value that can be returned.
pub trait Write {
    fn write(&self, reply: &mut String);
}

fn text_of(word: &str) -> String {
    let digits = word.as_bytes();
    let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
    let bytes = digits[1..].chunks(2).map(|pair| value(pair[0]) * 16 + value(pair[1])).collect();
    String::from_utf8(bytes).unwrap_or_default()
}

fn word_of(text: &str) -> String {
    let mut word = String::with_capacity(2 * text.len() + 1);
    word.push('s');
    for byte in text.bytes() {
        for half in [byte >> 4, byte & 15] {
            word.push(char::from_digit(half.into(), 16).unwrap_or('0'));
        }
    }
    word
}

fn add(reply: &mut String, word: &str) {
    reply.push(' ');
    reply.push_str(word);
}

impl Read for i64 {
    fn read(words: &mut Words) -> i64 {
        words.next()[1..].parse().expect("an integer of 64 bits")
    }
}

impl Read for f64 {
    fn read(words: &mut Words) -> f64 {
        words.next()[1..].parse().expect("a float")
    }
}

impl Read for bool {
    fn read(words: &mut Words) -> bool {
        words.next() == "t"
    }
}

impl Read for String {
    fn read(words: &mut Words) -> String {
        text_of(words.next())
    }
}

impl Read for () {
    fn read(words: &mut Words) {
        words.next();
    }
}

impl<T: Read> Read for Option<T> {
    fn read(words: &mut Words) -> Option<T> {
        let mut ahead = words.0.clone();
        if ahead.next() != Some("n") {
            return Some(T::read(words));
        }
        words.next();
        None
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(words: &mut Words) -> Vec<T> {
        let mut items = Vec::new();
        for _ in 0..words.count() {
            items.push(T::read(words));
        }
        items
    }
}

impl<T: Read + Eq + Hash> Read for HashSet<T> {
    fn read(words: &mut Words) -> HashSet<T> {
        let mut items = HashSet::new();
        for _ in 0..words.count() {
            items.insert(T::read(words));
        }
        items
    }
}

impl<K: Read + Eq + Hash, T: Read> Read for HashMap<K, T> {
    fn read(words: &mut Words) -> HashMap<K, T> {
        let mut items = HashMap::new();
        for _ in 0..words.count() {
            let key = K::read(words);
            items.insert(key, T::read(words));
        }
        items
    }
}

macro_rules! integers {
    ($($kind:ty)*) => {
        $(impl Write for $kind {
            fn write(&self, reply: &mut String) {
                add(reply, &format!("i{self}"));
            }
        })*
    };
}
integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl Write for f64 {
    fn write(&self, reply: &mut String) {
        add(reply, &format!("d{self:?}"));
    }
}

impl Write for bool {
    fn write(&self, reply: &mut String) {
        add(reply, if *self { "t" } else { "f" });
    }
}

impl Write for str {
    fn write(&self, reply: &mut String) {
        add(reply, &word_of(self));
    }
}

impl Write for String {
    fn write(&self, reply: &mut String) {
        self.as_str().write(reply);
    }
}

impl Write for () {
    fn write(&self, reply: &mut String) {
        add(reply, "n");
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, reply: &mut String) {
        (**self).write(reply);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, reply: &mut String) {
        match self {
            Some(value) => value.write(reply),
            None => add(reply, "n"),
        }
    }
}

impl<T: Write> Write for [T] {
    fn write(&self, reply: &mut String) {
        add(reply, &format!("l{}", self.len()));
        for item in self {
            item.write(reply);
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, reply: &mut String) {
        self.as_slice().write(reply);
    }
}

macro_rules! hashed {
    ($($set:ident $map:ident)*) => {
        $(impl<T: Write> Write for $set<T> {
            fn write(&self, reply: &mut String) {
                add(reply, &format!("h{}", self.len()));
                for item in self {
                    item.write(reply);
                }
            }
        }
        impl<K: Write, T: Write> Write for $map<K, T> {
            fn write(&self, reply: &mut String) {
                add(reply, &format!("m{}", self.len()));
                for (key, item) in self {
                    key.write(reply);
                    item.write(reply);
                }
            }
        })*
    };
}
hashed!(HashSet HashMap BTreeSet BTreeMap);

macro_rules! tuples {
    ($($count:literal: $($name:ident $at:tt),*;)*) => {
        $(impl<$($name: Read),*> Read for ($($name,)*) {
            fn read(words: &mut Words) -> Self {
                words.next();
                ($($name::read(words),)*)
            }
        }
        impl<$($name: Write),*> Write for ($($name,)*) {
            fn write(&self, reply: &mut String) {
                add(reply, concat!("p", $count));
                $(self.$at.write(reply);)*
            }
        })*
    };
}
tuples! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
}

/// An argument of the declared type, which an answer may also take by reference.
pub struct Argument<T>(Option<T>);

pub fn argument<T: Read>(words: &mut Words) -> Argument<T> {
    Argument(Some(T::read(words)))
}

impl<T> Argument<T> {
    fn mutable(&mut self) -> &mut T {
        self.0.as_mut().expect("an argument that is given once")
    }
}

/// What an argument can be given as; the answer's own parameter says which it is.
pub trait Give<'a, To> {
    fn give(&'a mut self) -> To;
}

impl<'a, T> Give<'a, T> for Argument<T> {
    fn give(&'a mut self) -> T {
        self.0.take().expect("an argument that is given once")
    }
}

impl<'a, T> Give<'a, &'a T> for Argument<T> {
    fn give(&'a mut self) -> &'a T {
        self.mutable()
    }
}

impl<'a, T> Give<'a, &'a mut T> for Argument<T> {
    fn give(&'a mut self) -> &'a mut T {
        self.mutable()
    }
}

impl<'a> Give<'a, &'a str> for Argument<String> {
    fn give(&'a mut self) -> &'a str {
        self.mutable()
    }
}

impl<'a> Give<'a, Option<&'a str>> for Argument<Option<String>> {
    fn give(&'a mut self) -> Option<&'a str> {
        self.mutable().as_deref()
    }
}

impl<'a, T> Give<'a, &'a [T]> for Argument<Vec<T>> {
    fn give(&'a mut self) -> &'a [T] {
        self.mutable()
    }
}

impl<'a, T> Give<'a, &'a mut [T]> for Argument<Vec<T>> {
    fn give(&'a mut self) -> &'a mut [T] {
        self.mutable()
    }
}

thread_local! {
    /// Where this thread has panicked.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

fn panicked(error: &(dyn Any + Send)) -> String {
    let text = match (error.downcast_ref::<&str>(), error.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "",
    };
    let place = PLACE.with(|place| place.take());
    let message: String = format!("{text}{place}").chars().take(1000).collect();
    format!("e {} {}", word_of("panic"), word_of(&message))
}

fn answer(call: fn(&mut Words, &mut String), line: &str) -> String {
    let mut words = Words(line.split(' '));
    words.next(); // the function's name: there is only one
    words.next(); // how many arguments
    let mut reply = String::from("v");
    match panic::catch_unwind(AssertUnwindSafe(|| call(&mut words, &mut reply))) {
        Ok(()) => reply,
        Err(error) => panicked(&*error),
    }
}

/// Answer calls until there are no more.
pub fn serve(call: fn(&mut Words, &mut String)) -> i32 {
    panic::set_hook(Box::new(|what| {
        let place = what.location().map_or(String::new(), |at| format!(" (at {at})"));
        PLACE.with(|last| last.replace(place));
    }));
    // Both were opened for us by whoever started the program.
    let (calls, mut replies) = unsafe { (File::from_raw_fd(3), File::from_raw_fd(4)) };
    let mut send = |reply: String| replies.write_all(format!("{reply}\n").as_bytes()).is_ok();
    if send("r".to_string()) {
        for line in BufReader::new(calls).lines() {
            let Ok(line) = line else { break };
            let reply = answer(call, &line);
            let _ = std::io::stdout().flush();
            if !send(reply) {
                break;
            }
        }
    }
    0
}
