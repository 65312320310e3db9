import { autoFlash } from './auto-flash.ts'
import { readBootPlan } from './boot-plan.ts'
import type { BootPlan } from './boot-plan.ts'
import { postInventory } from './inventory.ts'
import { bootMemory } from './memory.ts'
import { startReporter } from './reporter.ts'
import { retry, serverCalls, serverUrl } from './server.ts'
import type { Backoff } from './server.ts'
import { wizard } from '../wizard/wizard.ts'
import { rebootOrSay } from './world.ts'
import type { Agent, World } from './world.ts'

export interface AgentOptions {
  /** Base URL or host name. */
  server: string
  /** As the server knows the machine; passed on verbatim. */
  mac: string
}

const BACKOFF: Backoff = { firstMs: 500, longestMs: 15_000 }
const PLAN_ATTEMPTS = 10
/** A server that is slow with the inventory does not hold up the plan for longer. */
const INVENTORY_WAIT_MS = 3_000

/** Reports this machine's disks, asks the server what to do, and does it. Throws only when the signal aborts. */
export async function runAgent(options: AgentOptions, world: World): Promise<void> {
  const server = serverUrl(options.server)
  const memory = bootMemory(world.runDir)
  const calls = serverCalls(server, options.mac, memory.boot, world.signal)
  const backoff = world.backoff ?? BACKOFF
  const agent: Agent = {
    ...world,
    server,
    mac: options.mac,
    calls,
    memory,
    backoff,
    reporter: startReporter(calls, memory.boot),
  }

  const inventory = postInventory(calls, world.run, backoff, world.signal)
  await Promise.race([inventory.tried, pause(INVENTORY_WAIT_MS)])
  const plan = await fetchPlan(agent)
  if (plan.mode === 'flash') return await autoFlash(plan, agent)
  if (plan.mode === 'exit') return agent.screen.say('The server has nothing for this machine to do.')
  if (plan.mode === 'interactive')
    return await wizard({ catalog: plan.catalog || `${server}/catalog.toml`, mac: options.mac }, agent, agent)

  agent.reporter.report({ phase: 'inventory' })
  agent.screen.say((await inventory.finished) ?? 'The inventory has been delivered.')
  await agent.reporter.flush(5_000)
  await rebootOrSay(agent)
}

/** The server's plan; the list prompt when there is none to be had, with the cause on the screen. */
async function fetchPlan({ calls, screen, backoff, signal, reporter }: Agent): Promise<BootPlan> {
  let cause = ''
  const answer = await retry(
    async (number) => {
      try {
        const { status, text } = await calls.plan()
        if (status === 200) return text
        cause = `the server answered ${status}: ${text.slice(0, 200)}`
      } catch (error) {
        signal.throwIfAborted()
        cause = (error as Error).message
      }
      screen.say(`No plan yet (attempt ${number} of ${PLAN_ATTEMPTS}): ${cause}`)
      return null
    },
    backoff,
    PLAN_ATTEMPTS,
    signal,
  )
  try {
    if (answer === null) throw new Error(cause)
    const plan = readBootPlan(answer)
    reporter.report({ phase: 'plan' })
    return plan
  } catch (error) {
    screen.say(`No plan from the server, so you choose: ${(error as Error).message}`)
    return { mode: 'interactive' }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
