import { readdirSync, readFileSync } from 'node:fs'

/**
 * Ids of the processes that belong to the session of `leader`, itself included while it runs. A shell gives each of its jobs a process
 * group of its own, so a signal to one group would leave the others running. Linux only; elsewhere the leader alone.
 */
export function sessionMembers(leader: number, proc = '/proc'): number[] {
  let names: string[]
  try {
    names = readdirSync(proc)
  } catch {
    return [leader]
  }
  const members = names.filter((name) => /^\d+$/.test(name) && sessionOf(`${proc}/${name}/stat`) === leader)
  return members.map(Number)
}

/** Third and sixth field of /proc/PID/stat (proc_pid_stat(5)); the second, the name in brackets, may hold anything. */
function sessionOf(path: string): number | null {
  try {
    const text = readFileSync(path, 'latin1')
    const [state, , , session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? null : Number(session) // Z: ended, and not yet collected by its parent
  } catch {
    return null // it has ended meanwhile
  }
}
