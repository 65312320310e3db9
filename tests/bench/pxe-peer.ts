/** The bare stack: node:http and one insert per request, WAL, no framework, no decision. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2]!)
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE events (id INTEGER PRIMARY KEY, ts TEXT, kind TEXT, subject TEXT, details TEXT)`)
const insert = db.prepare('INSERT INTO events (ts, kind, subject, details) VALUES (?, ?, ?, ?)')
const script = `#!ipxe\n${'# a line of some length, as a boot script has\n'.repeat(12)}boot\n`

const server = createServer((request, response) => {
  insert.run(new Date().toISOString(), 'netboot.pxe.offered', request.url, '{"offer":"bty-inventory"}')
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': script.length })
  response.end(script)
})
server.listen(0, '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
)
process.on('SIGTERM', () => process.exit(0))
