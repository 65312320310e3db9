/** Checks of the backups in their folder. Pure. */
import { counted, type Finding, oneLine, reporter } from './finding.ts'

export interface BackupFacts {
  name: string
  /** Why it cannot be used; null when it can. */
  wrong: string | null
}

export function checkBackups(backups: readonly BackupFacts[]): Finding[] {
  const { ok, problem } = reporter('backups')
  const wrong = backups.filter((backup) => backup.wrong !== null)
  if (wrong.length > 0)
    return wrong.map((backup) =>
      problem(
        `${oneLine(backup.name)}: ${oneLine(backup.wrong!)}`,
        'make a new backup; this one cannot be restored as it is',
      ),
    )
  return [ok(backups.length === 0 ? 'none yet' : `${counted(backups.length, 'backup')}, all readable`)]
}
