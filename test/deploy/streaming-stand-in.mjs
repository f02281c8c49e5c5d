// In the place of the API: answers the beginning of a stream at once and its end when GET /release comes.
import { createServer } from 'node:http';

let open;
createServer((request, response) => {
  if (request.url === '/stream') {
    open = response;
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write('first\n');
  } else {
    open.end('last\n');
    response.end('released\n');
  }
}).listen(3456, '127.0.0.1');
