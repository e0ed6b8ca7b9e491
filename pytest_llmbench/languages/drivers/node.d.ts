// What Node.js offers beside the language, untyped: its own types are no part of the compiler.
declare var console: any, process: any, global: any, Buffer: any, performance: any, crypto: any;
declare var require: any, module: any, exports: any, __filename: string, __dirname: string;
declare var URL: any, URLSearchParams: any, TextEncoder: any, TextDecoder: any;
declare var setTimeout: any, setInterval: any, setImmediate: any, queueMicrotask: any;
declare var clearTimeout: any, clearInterval: any, clearImmediate: any, structuredClone: any;
type Buffer = any;
type URL = any;
declare namespace NodeJS {
  type Timeout = any;
  type ErrnoException = any;
  type ProcessEnv = any;
}
declare module "node:*";
declare module "assert";
declare module "assert/strict";
declare module "buffer";
declare module "child_process";
declare module "crypto";
declare module "events";
declare module "fs";
declare module "fs/promises";
declare module "os";
declare module "path";
declare module "perf_hooks";
declare module "process";
declare module "readline";
declare module "stream";
declare module "string_decoder";
declare module "timers";
declare module "url";
declare module "util";
declare module "worker_threads";
declare module "zlib";
