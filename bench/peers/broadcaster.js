// A usual WebSocket broadcaster: what one client says goes to all others, plain and over TLS.
// node broadcaster.js WS-MODULE PORT TLS-PORT CERTIFICATE KEY
const fs = require("fs");
const https = require("https");
const [, , modulePath, port, tlsPort, certificate, key] = process.argv;
const { WebSocketServer, WebSocket } = require(modulePath);

const secured = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) });
secured.listen({ host: "127.0.0.1", port: Number(tlsPort), backlog: 4096 });
const servers = [
  new WebSocketServer({ host: "127.0.0.1", port: Number(port), backlog: 4096 }),
  new WebSocketServer({ server: secured }),
];
for (const server of servers) {
  server.on("connection", (socket) => {
    socket.on("error", () => socket.terminate());
    socket.on("message", (data, isBinary) => {
      for (const { clients } of servers) {
        for (const client of clients) {
          if (client !== socket && client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
        }
      }
    });
  });
}
