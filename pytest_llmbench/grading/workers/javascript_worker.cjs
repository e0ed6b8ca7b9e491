// Run one JavaScript answer: load it, then answer calls, over an inherited socket.
//
// Started inside the sandbox as `node javascript_worker.cjs FD`. Nothing in this
// process is trusted once the answer is loaded; no expected value is ever in it.
// The codec and the frames are those of `values.py` and `frames.py`.
"use strict";

const fs = require("node:fs");
const vm = require("node:vm");
const { Module } = require("node:module");

const FILE = "solution.js";
const ESM_FILE = "/solution.mjs";
const MAX_DEPTH = 100;
const MAX_NODES = 1_000_000;
const MESSAGE_LIMIT = 1000;
const REPR_LIMIT = 200;
const SHOWN_FRAMES = 12;
const ESM_ONLY =
  /Cannot use import statement|Unexpected token 'export'|import\.meta|await is only valid|Unexpected reserved word/;
// Runs inside the answer's own scope, where its functions and constants are visible.
const LOOK_UP = "(__name) => { try { return eval(__name); } catch { return undefined; } }";

// Taken before the answer is loaded, so that what it redefines breaks nothing here.
const { isArray } = Array;
const { isInteger, isSafeInteger } = Number;
const { getPrototypeOf } = Object;
const { parse, stringify } = JSON;

class Unsendable extends Error {}

class Encoder {
  constructor() {
    this.nodes = 0;
  }

  text(value, depth = 0, isKey = false) {
    if (depth > MAX_DEPTH) throw new Unsendable(`nested deeper than ${MAX_DEPTH} levels`);
    if (++this.nodes > MAX_NODES) throw new Unsendable(`more than ${MAX_NODES} values`);
    if (value === null || value === undefined) return "null";
    switch (typeof value) {
      case "boolean":
        return value ? "true" : "false";
      case "number":
        return numberText(value);
      case "bigint":
        return bigintText(value);
      case "string":
        return stringify(value);
      case "object":
        return this.object(value, depth, isKey);
      default:
        return opaqueText(value);
    }
  }

  object(value, depth, isKey) {
    if (isArray(value)) {
      // Python hashes tuples, not lists: an array in a set or as a key is a tuple there.
      const items = this.items(value, depth + (isKey ? 1 : 0), isKey);
      return isKey ? `{"tuple":${items}}` : items;
    }
    if (value instanceof Map) return this.pairs([...value], depth + 1);
    if (value instanceof Set) return `{"set":${this.items([...value], depth + 1, true)}}`;
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return this.items(Array.from(value), depth, false);
    }
    const prototype = getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return this.pairs(Object.entries(value), depth + 1);
    }
    return opaqueText(value);
  }

  items(values, depth, isKey) {
    const parts = [];
    for (let i = 0; i < values.length; i++) parts.push(this.text(values[i], depth + 1, isKey));
    return `[${parts.join(",")}]`;
  }

  pairs(entries, depth) {
    const parts = entries.map(
      ([key, item]) => `[${this.text(key, depth + 1, true)},${this.text(item, depth + 1)}]`,
    );
    return `{"dict":[${parts.join(",")}]}`;
  }
}

function numberText(value) {
  if (Object.is(value, -0)) return "-0.0";
  if (isSafeInteger(value)) return String(value);
  if (Number.isFinite(value) && !isInteger(value)) return String(value);
  const names = { Infinity: "inf", "-Infinity": "-inf", NaN: "nan" };
  const text = String(value);
  return `{"float":"${Object.hasOwn(names, text) ? names[text] : text}"}`;
}

function bigintText(value) {
  if (value >= BigInt(-(2 ** 53)) && value <= BigInt(2 ** 53)) return value.toString();
  return `{"int":"${value < 0n ? "-" : ""}0x${(value < 0n ? -value : value).toString(16)}"}`;
}

function opaqueText(value) {
  let type = typeof value;
  let text = "...";
  try {
    if (type === "object") type = String(value.constructor.name);
    text = String(value);
  } catch {
    // An object that refuses to be shown keeps its dots.
  }
  return `{"opaque":[${stringify(type.slice(0, REPR_LIMIT))},${stringify(text.slice(0, REPR_LIMIT))}]}`;
}

// What came from the judge: trusted, so this reads without looking for mistakes.
function decode(node) {
  if (isArray(node)) return node.map(decode);
  if (node === null || typeof node !== "object") return node;
  const [[tag, payload]] = Object.entries(node);
  switch (tag) {
    case "tuple":
      return payload.map(decode);
    case "set":
    case "frozenset":
      return new Set(payload.map(decode));
    case "dict": {
      const pairs = payload.map(([key, item]) => [decode(key), decode(item)]);
      // fromEntries defines properties: a key `__proto__` is only a key.
      return pairs.every(([key]) => typeof key === "string")
        ? Object.fromEntries(pairs)
        : new Map(pairs);
    }
    case "int":
      return payload.startsWith("-") ? -BigInt(payload.slice(1)) : BigInt(payload);
    case "float":
      return { nan: NaN, inf: Infinity, "-inf": -Infinity }[payload];
    case "bytes":
      return new Uint8Array(Buffer.from(payload, "hex"));
    case "range": {
      const [start, stop, step] = payload;
      const values = [];
      for (let i = start; step > 0 ? i < stop : i > stop; i += step) values.push(i);
      return values;
    }
    default:
      throw new TypeError(`a value of kind ${tag} has no JavaScript counterpart`);
  }
}

let lookUp = () => undefined;
let exported = {};

async function load(source) {
  let script;
  try {
    // A wrapper puts the answer's first line behind its own text: offset it back.
    script = new vm.Script(Module.wrap(`${source.replace(/^#!.*/, "")}\n;return ${LOOK_UP};`), {
      filename: FILE,
      columnOffset: -Module.wrapper[0].length,
    });
  } catch (error) {
    if (ESM_ONLY.test(String(error && error.message))) return loadModule(source);
    return ["compile_error", compileErrorText(error)];
  }
  const module = new Module(`/tmp/${FILE}`);
  module.filename = `/tmp/${FILE}`;
  module.paths = [];
  try {
    const run = script.runInThisContext();
    const found = run.call(module.exports, module.exports, Module.createRequire(module.filename), module, module.filename, "/tmp");
    if (typeof found === "function") lookUp = found;
  } catch (error) {
    return raised(error);
  }
  exported = module.exports;
  return ["loaded"];
}

async function loadModule(source) {
  const file = process.cwd() + ESM_FILE;
  fs.writeFileSync(file, `${source}\n;export const __llmbenchLookUp = ${LOOK_UP};\n`);
  try {
    const namespace = await import(`file://${file}`);
    lookUp = namespace.__llmbenchLookUp;
    exported = namespace;
  } catch (error) {
    const isSyntax = error instanceof SyntaxError;
    return isSyntax ? ["compile_error", compileErrorText(error)] : raised(error);
  }
  return ["loaded"];
}

function findFunction(name) {
  const fallback = exported && exported.default;
  const candidates = [
    exported && Object.hasOwn(exported, name) ? exported[name] : undefined,
    fallback && typeof fallback === "object" && Object.hasOwn(fallback, name) ? fallback[name] : undefined,
    /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? lookUp(name) : undefined,
    Object.hasOwn(globalThis, name) ? globalThis[name] : undefined,
    typeof exported === "function" ? exported : undefined,
    fallback,
  ];
  return candidates.find((candidate) => typeof candidate === "function");
}

async function call(name, args) {
  let wanted;
  try {
    wanted = findFunction(name);
  } catch (error) {
    return raised(error);
  }
  if (!wanted) return ["missing"];
  try {
    return ["value", await wanted(...args)];
  } catch (error) {
    return raised(error);
  }
}

function raised(error) {
  const types = [];
  let message = "";
  let trace = "";
  try {
    if (error instanceof Error) {
      types.push(String(error.name));
      for (let p = getPrototypeOf(error); p && p !== Object.prototype && types.length < 20; p = getPrototypeOf(p)) {
        types.push(String(p.constructor.name));
      }
      message = String(error.message);
      trace = traceText(error);
    } else {
      types.push(typeof error);
      message = String(error);
    }
  } catch {
    message ||= "<no message>";
  }
  const unique = [...new Set(types.map((type) => type.slice(0, 100)))];
  message = message.slice(0, MESSAGE_LIMIT);
  return ["raised", unique.length ? unique : ["Error"], message, trace || `${unique[0] || "Error"}: ${message}`];
}

// Keep the message and the answer's own frames.
function traceText(error) {
  const own = String(error.stack)
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && /solution\.m?js/.test(line))
    .map((line) => line.replace(/(file:\/\/)?\/[^\s()]*\/solution/, "solution").slice(0, 300));
  const head = `${error.name}: ${error.message}`.slice(0, MESSAGE_LIMIT);
  const shown = own.length > SHOWN_FRAMES ? [...own.slice(0, SHOWN_FRAMES), "    ..."] : own;
  return [head, ...shown].join("\n");
}

function compileErrorText(error) {
  const lines = String((error && error.stack) || error).split("\n");
  const wrapped = lines.findIndex((line) => line.startsWith(Module.wrapper[0]));
  if (wrapped >= 0) {
    // The first line holds the wrapper too, and the caret below it counts that in.
    const width = Module.wrapper[0].length;
    lines[wrapped] = lines[wrapped].slice(width);
    lines[wrapped + 1] = (lines[wrapped + 1] || "").slice(width);
  }
  return lines.filter((line) => !/^\s+at /.test(line)).join("\n").slice(0, 4000);
}

function exactly(fd, count) {
  const data = Buffer.alloc(count);
  let got = 0;
  while (got < count) {
    const read = fs.readSync(fd, data, got, count - got, null);
    if (read === 0) process.exit(0);
    got += read;
  }
  return data;
}

function write(fd, text) {
  const body = Buffer.from(text, "utf8");
  const data = Buffer.alloc(4 + body.length);
  data.writeUInt32BE(body.length, 0);
  body.copy(data, 4);
  for (let sent = 0; sent < data.length; ) sent += fs.writeSync(fd, data, sent);
}

function replyText(id, reply) {
  try {
    return new Encoder().text([id, ...reply]);
  } catch (error) {
    const reason = error instanceof Unsendable ? error.message : `it cannot be read: ${error}`;
    return new Encoder().text([id, "unsendable", typeof reply[1], reason.slice(0, MESSAGE_LIMIT)]);
  }
}

async function main() {
  const fd = Number(process.argv[2]);
  process.argv.length = 1;
  write(fd, '["","ready"]');
  for (;;) {
    const length = exactly(fd, 4).readUInt32BE(0);
    const [id, kind, ...parts] = decode(parse(exactly(fd, length).toString("utf8")));
    let reply;
    try {
      reply = kind === "load" ? await load(...parts) : await call(...parts);
    } catch (error) {
      reply = raised(error);
    }
    write(fd, replyText(id, reply));
  }
}

main();
