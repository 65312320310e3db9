import { equal, match, ok } from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { runTool } from './run.ts'

const RUN = JSON.stringify(new URL('run.ts', import.meta.url).href)

/** Starts a process that runs a tool without end; gives both, once the tool says its number. */
async function runner(options: string, path = process.env['PATH']) {
  const dir = mkdtempSync(join(tmpdir(), 'bty-run-'))
  const fifo = join(dir, 'pid')
  execFileSync('mkfifo', [fifo])
  const script = `const { runTool } = await import(${RUN})
    await runTool('sh', ['-c', 'echo $$ > ${fifo}; while :; do sleep 1; done'], ${options})`
  const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'ignore'] })
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: 'ignore',
    env: { ...process.env, PATH: path },
  })
  const [pid] = (await once(createInterface(reader.stdout), 'line')) as [string]
  rmSync(dir, { recursive: true })
  return { parent, pid: Number(pid) }
}

/** Gone, or a zombie that only its new parent can take away. */
const isOver = (pid: number) =>
  !existsSync(`/proc/${pid}`) ||
  /^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }))

test('a tool that is bound to this process ends with it, also when that is killed', async () => {
  const { parent, pid } = await runner('{ timeoutMs: 600000, diesWithUs: true }')
  ok(!isOver(pid))
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  while (!isOver(pid)) await setTimeout(20) // not our child: nobody else tells of its end
})

test('a bound tool runs where nothing can bind it, and its code is its own', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'bty-run-'))
  try {
    writeFileSync(join(dir, 'setpriv'), '#!/bin/sh\necho "unrecognized option: pdeathsig" >&2\nexit 1\n')
    chmodSync(join(dir, 'setpriv'), 0o755)
    const script = `const { runTool } = await import(${RUN})
      console.log(JSON.stringify(await runTool('sh', ['-c', 'echo ran; exit 3'], { diesWithUs: true })))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dir}:${process.env['PATH']}` },
    })
    match(said, /^\{"code":3,"stdout":"ran\\n"/)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

for (const diesWithUs of [false, true])
  test(`code, output and a missing tool are told (bound: ${diesWithUs})`, async () => {
    const { code, stdout, stderr } = await runTool('sh', ['-c', 'echo a; echo b >&2; exit 7'], { diesWithUs })
    equal(`${code} ${stdout.trim()} ${stderr}`, '7 a b')
    const missing = await runTool('/no/such/tool', [], { diesWithUs })
    ok(missing.code !== 0)
    match(missing.stderr, /no\/such\/tool/)
  })
