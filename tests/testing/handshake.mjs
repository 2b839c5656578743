// Opens TLS to 127.0.0.1 as a client that wants NAME: node handshake.mjs CA.pem PORT NAME [PORT NAME ...]
import { readFileSync } from "node:fs";
import { checkServerIdentity, connect } from "node:tls";

const [file, ...pairs] = process.argv.slice(2);
const ca = readFileSync(file);

function shake(port, name) {
  return new Promise((done) => {
    const options = {
      host: "127.0.0.1",
      port: Number(port),
      ca,
      servername: /^[0-9.]+$/.test(name) ? undefined : name,
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    };
    const socket = connect(options, () => (socket.end(), done("accepted")));
    socket.on("error", () => done("refused"));
  });
}

for (let i = 0; i < pairs.length; i += 2) {
  console.log(`${pairs[i + 1]} ${await shake(pairs[i], pairs[i + 1])}`);
}
