// A client of npm's ws, told what to do line by line: one JSON object on stdin is an action, one on stdout is what
// happened. usage: node ws_client.js WS-MODULE
'use strict';
const readline = require('node:readline');
const WebSocket = require(process.argv[2]);

const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');
let socket;

const actions = {
  connect: ({ url, protocols, headers }) => {
    socket = new WebSocket(url, protocols, { headers, perMessageDeflate: true });
    socket.on('upgrade', (response) => say({ event: 'upgrade', headers: response.headers }));
    socket.on('open', () => say({ event: 'open', protocol: socket.protocol, extensions: socket.extensions }));
    socket.on('message', (data, binary) => say({ event: 'message', binary, text: data.toString('utf8') }));
    socket.on('ping', (data) => say({ event: 'ping', text: data.toString('utf8') }));
    socket.on('pong', (data) => say({ event: 'pong', text: data.toString('utf8') }));
    socket.on('unexpected-response', (request, response) => {
      say({ event: 'refused', status: response.statusCode });
      request.destroy();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', (code, reason) => say({ event: 'close', code, reason: reason.toString('utf8') }));
  },
  send: ({ text }) => socket.send(text),
  binary: ({ bytes }) => socket.send(Buffer.alloc(bytes)),
  // Pieces of one message, a ping with its own payload between each two.
  fragments: ({ pieces, ping }) => {
    pieces.forEach((piece, at) => {
      socket.send(piece, { fin: at === pieces.length - 1 });
      if (at < pieces.length - 1) socket.ping(ping + at);
    });
  },
  // Bytes past all of ws's own checks.
  raw: ({ hex }) => socket._socket.write(Buffer.from(hex, 'hex')),
  ping: ({ text }) => socket.ping(text),
  close: ({ code, reason }) => socket.close(code, reason),
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const action = JSON.parse(line);
    actions[action.do](action);
  })
  .on('close', () => process.exit(0));
