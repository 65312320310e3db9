/** Debian's nginx as an unprivileged process of its own on a free port, serving a folder. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Nginx {
  url: string
  /** What was asked so far: method, path, status, bytes of the body that were sent, range. */
  log(): { method: string; path: string; status: number; bytes: number; range: string }[]
  close(): Promise<void>
}

/** `dir` takes its own files; `root` is what it serves. */
export async function startNginx(dir: string, root: string): Promise<Nginx> {
  mkdirSync(dir, { recursive: true })
  const port = await freePort()
  const accessLog = join(dir, 'access.log')
  const config = join(dir, 'nginx.conf')
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(dir, name)};`)
    .join('\n')
  writeFileSync(
    config,
    `daemon off; master_process on; worker_processes auto; pid ${join(dir, 'pid')}; error_log ${join(dir, 'error.log')};
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 256; }
http {
  ${temp}
  log_format told '$request_method $uri $status $body_bytes_sent "$http_range"';
  access_log ${accessLog} told;
  sendfile on; tcp_nopush on; default_type application/octet-stream; etag on;
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`,
  )
  const child = spawn('nginx', ['-c', config, '-p', dir, '-e', join(dir, 'error.log')], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  await answering(port, exited)
  return {
    url: `http://127.0.0.1:${port}`,
    log: () =>
      readFileSync(accessLog, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [, method, path, status, bytes, range] = /^(\S+) (.*) (\d+) (\d+) "(.*)"$/.exec(line)!
          return { method: method!, path: path!, status: Number(status), bytes: Number(bytes), range: range! }
        }),
    async close() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answering(port: number, exited: Promise<unknown>): Promise<void> {
  let ended = false
  void exited.then(() => (ended = true))
  while (!ended) {
    const socket = connect(port, '127.0.0.1')
    const ok = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ])
    socket.destroy()
    if (ok) return
    await pause(20)
  }
  throw new Error('nginx ended before it answered')
}
