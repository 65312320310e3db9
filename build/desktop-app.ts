import { spawn } from 'node:child_process'

export interface Ended {
  /** The server inside the app had answered: what came afterwards is the operator's doing, not a failure to start. */
  answered: boolean
  /** Exit code; 1 when the app was ended by a signal or could not be started. */
  code: number
}

/** Runs the app until it ends, with its output on this terminal and this process's signals passed on. */
export function runDesktopApp(executable: string, root: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env }
  // Terminals inside Electron apps set it; the runtime would then start as plain Node.
  delete env['ELECTRON_RUN_AS_NODE']
  const app = spawn(executable, [root, ...args], { env, stdio: ['inherit', 'pipe', 'inherit'] })

  let answered = false
  app.stdout.on('data', (chunk: Buffer) => {
    answered ||= chunk.includes('listening on ')
    process.stdout.write(chunk)
  })
  const stop = (signal: NodeJS.Signals) => {
    // A terminal's Ctrl-C has reached the app too, and a second one would end it on the spot.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) app.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, stop)

  return new Promise((resolve) => {
    const end = (code: number) => {
      for (const signal of signals) process.off(signal, stop)
      resolve({ answered, code })
    }
    app.once('error', () => end(1))
    app.once('close', (code) => end(code ?? 1))
  })
}
