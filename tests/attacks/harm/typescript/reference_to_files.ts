// Refer to files of the host, so that the compiler's complaints quote them.
// catalogue: H33
// shows: compile_error
// ends: compile_error
/// <reference path="@FILE@" />
import secret from "@FILE@";
import shadow = require("/etc/shadow");

function add(a: number, b: number): number {
  return secret;
}
