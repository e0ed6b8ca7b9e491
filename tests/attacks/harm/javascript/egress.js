// Call home: by TCP, by UDP, by Unix sockets, by name.
// catalogue: H21, H22, H23
// shows: tcp, udp, unix, endless
// ends: wrong_answer
const net = require("net");
console.log("attacking");
process.on("uncaughtException", () => {});

function add() {
  const ways = [{ host: "127.0.0.1", port: Number("@PORT@") }, { path: "@SOCKET@" }];
  for (const way of ways) net.connect(way, function () { this.write("x"); }).on("error", () => {});
  const datagram = require("dgram").createSocket("udp4").on("error", () => {});
  datagram.send("x", Number("@PORT@"), "127.0.0.1", () => {});
  require("dns").lookup("example.invalid", () => {});
  require("http").get("http://169.254.169.254/latest/meta-data/").on("error", () => {});
  return new Promise((done) => setTimeout(done, 150, -12345));
}
