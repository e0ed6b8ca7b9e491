// Serve calls of a TypeScript answer that tsc made into a CommonJS module; the format of a
// line is that of grading/wire.py.
"use strict";

const fs = require("node:fs");
const vm = require("node:vm");
const { Module, SourceMap } = require("node:module");

const FILE = "solution.js";
const MAX_DEPTH = 100;
const MAX_VALUES = 1_000_000;
const MESSAGE_LIMIT = 1000;
const SHOWN_LIMIT = 200;
// Runs inside the answer's own scope, where functions that it does not export are visible.
const LOOK_UP = "(__name) => { try { return eval(__name); } catch { return undefined; } }";

// Taken before the answer is loaded, so that what it redefines breaks nothing here.
const { isArray } = Array;
const { isSafeInteger } = Number;
const { getPrototypeOf, hasOwn } = Object;
const { parse } = JSON;
const toHex = (text) => Buffer.from(text, "utf8").toString("hex");

class Unsendable extends Error {}

// -- values to words --------------------------------------------------------------------

class Writer {
  constructor() {
    this.words = [];
  }

  value(value, depth = 0) {
    if (depth > MAX_DEPTH) throw new Unsendable(`nested deeper than ${MAX_DEPTH} levels`);
    if (this.words.length > MAX_VALUES) throw new Unsendable(`more than ${MAX_VALUES} values`);
    if (value === null || value === undefined) return this.words.push("n");
    switch (typeof value) {
      case "boolean":
        return this.words.push(value ? "t" : "f");
      case "number":
        return this.words.push(numberWord(value));
      case "bigint":
        return this.words.push(`i${value}`);
      case "string":
        return this.words.push(`s${toHex(value)}`);
      case "object":
        return this.object(value, depth);
      default:
        return this.opaque(value);
    }
  }

  object(value, depth) {
    if (isArray(value)) return this.items("l", value, depth);
    if (value instanceof Map) return this.pairs([...value], depth);
    if (value instanceof Set) return this.items("h", [...value], depth);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return this.items("l", Array.from(value), depth);
    }
    const prototype = getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.pairs(Object.entries(value), depth);
    }
    return this.opaque(value);
  }

  items(kind, items, depth) {
    this.words.push(`${kind}${items.length}`);
    for (let i = 0; i < items.length; i++) this.value(items[i], depth + 1);
  }

  pairs(entries, depth) {
    this.words.push(`m${entries.length}`);
    for (const [key, item] of entries) {
      this.value(key, depth + 1);
      this.value(item, depth + 1);
    }
  }

  opaque(value) {
    let type = typeof value;
    let text = "...";
    try {
      if (type === "object") type = String(value.constructor.name);
      text = String(value);
    } catch {
      // An object that refuses to be shown keeps its dots.
    }
    const [typeHex, textHex] = [type, text].map((shown) => toHex(shown.slice(0, SHOWN_LIMIT)));
    this.words.push(`o${typeHex}`, `s${textHex}`);
  }
}

function numberWord(value) {
  if (Object.is(value, -0)) return "d-0.0";
  if (isSafeInteger(value)) return `i${value}`;
  return `d${String(value).replace("Infinity", "inf").replace("NaN", "nan")}`;
}

// -- words to values --------------------------------------------------------------------

// A type is its name and the types inside it, or nothing where none is known. It only
// matters for maps: those with text as keys are plain objects, the others are of class Map.
function read(words, type) {
  const word = words.next().value;
  const rest = word.slice(1);
  switch (word[0]) {
    case "n":
      return null;
    case "t":
      return true;
    case "f":
      return false;
    case "i":
      return isSafeInteger(Number(rest)) ? Number(rest) : BigInt(rest);
    case "d":
      return Number(rest.replace("inf", "Infinity"));
    case "s":
      return Buffer.from(rest, "hex").toString("utf8");
    case "h":
      return new Set(items(words, Number(rest), type));
    case "m":
      return mapping(words, Number(rest), type);
    default:
      return items(words, Number(rest), type);
  }
}

function items(words, count, [name, ...inner] = []) {
  const typeOf = (index) => (name === "tuple" && inner[1] !== "..." ? inner[index] : inner[0]);
  return Array.from({ length: count }, (_, index) => read(words, typeOf(index)));
}

function mapping(words, count, [, key, item] = []) {
  const pairs = Array.from({ length: count }, () => [read(words, key), read(words, item)]);
  const isText = key?.length ? key[0] === "str" : pairs.every(([name]) => typeof name === "string");
  // fromEntries defines properties: a key `__proto__` is only a key.
  return isText ? Object.fromEntries(pairs) : new Map(pairs);
}

// -- the answer -------------------------------------------------------------------------

function load() {
  const source = fs.readFileSync(FILE, "utf8");
  const script = new vm.Script(Module.wrap(`${source}\n;return ${LOOK_UP};`), { filename: FILE });
  const path = `${process.cwd()}/${FILE}`;
  const module = new Module(path);
  module.filename = path;
  module.paths = [];
  const run = script.runInThisContext();
  const require = Module.createRequire(path);
  const lookUp = run.call(module.exports, module.exports, require, module, path, process.cwd());
  return { exported: module.exports, lookUp };
}

function findFunction({ exported, lookUp }, name) {
  const fallback = exported && exported.default;
  const candidates = [
    exported && hasOwn(exported, name) ? exported[name] : undefined,
    fallback && typeof fallback === "object" && hasOwn(fallback, name) ? fallback[name] : undefined,
    lookUp(name),
    hasOwn(globalThis, name) ? globalThis[name] : undefined,
    typeof exported === "function" ? exported : undefined,
    fallback,
  ];
  return candidates.find((candidate) => typeof candidate === "function");
}

// -- the conversation -------------------------------------------------------------------

function say(...words) {
  const data = Buffer.from(`${words.join(" ")}\n`, "latin1");
  for (let sent = 0; sent < data.length; ) sent += fs.writeSync(4, data, sent);
}

function* lines() {
  const buffer = Buffer.alloc(1 << 16);
  let unread = "";
  for (;;) {
    const got = fs.readSync(3, buffer, 0, buffer.length, null);
    if (got === 0) return;
    const parts = (unread + buffer.toString("latin1", 0, got)).split("\n");
    unread = parts.pop();
    yield* parts;
  }
}

function sayRaised(error) {
  let type = typeof error;
  let message = "";
  try {
    if (error instanceof Error) type = String(error.name);
    message = String(error instanceof Error ? error.message : error).slice(0, MESSAGE_LIMIT);
    message += placeOf(error);
  } catch {
    message ||= "<no message>";
  }
  say("e", `s${toHex(type.slice(0, 100))}`, `s${toHex(message)}`);
}

// Where it was raised, as a line of what the model wrote.
function placeOf(error) {
  const [, line, column] = /solution\.js:(\d+):(\d+)/.exec(error.stack) || [];
  if (!line) return "";
  const map = new SourceMap(parse(fs.readFileSync(`${FILE}.map`, "utf8")));
  const { originalLine } = map.findEntry(line - 1, column - 1);
  return `\n    at solution.ts:${originalLine + 1}`;
}

function sayValue(value) {
  const writer = new Writer();
  try {
    writer.value(value);
  } catch (error) {
    const why = error instanceof Unsendable ? error.message : `it cannot be read: ${error}`;
    return say("u", `s${toHex(why.slice(0, MESSAGE_LIMIT))}`);
  }
  say("v", ...writer.words);
}

async function call(answer, signature, line) {
  const words = line.split(" ").values();
  const name = read(words);
  const wanted = findFunction(answer, name);
  if (!wanted) return say("x");
  let value;
  try {
    value = await wanted(...read(words, name === signature.name ? signature.type : undefined));
  } catch (error) {
    return sayRaised(error);
  }
  sayValue(value);
}

async function main() {
  const signature = parse(fs.readFileSync("signature.json", "utf8"));
  let answer;
  try {
    answer = load();
  } catch (error) {
    return sayRaised(error);
  }
  say("r");
  for (const line of lines()) await call(answer, signature, line);
}

main();
