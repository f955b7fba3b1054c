// A usual WebSocket broadcaster: what one client says goes to all others. node broadcaster.js WS-MODULE PORT
const { WebSocketServer, WebSocket } = require(process.argv[2]);

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[3]), backlog: 4096 });
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, isBinary) => {
    for (const client of server.clients) {
      if (client !== socket && client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});
