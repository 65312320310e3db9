/** Words of the backups. */

export const backupsWords = {
  title: 'Backups',
  all: 'Back up everything',
  allAbout:
    'Machines with their assignments, labels and hardware, the catalog, settings and the audit log, in one file that another laptop can take over. No image bytes.',
  inventory: 'Back up inventory',
  inventoryAbout: 'What machines reported of themselves, in the form that bty reads.',
  working: 'Backing up …',
  started: 'The backup has started.',
  full: 'Everything',
  bundles: 'Inventory',
  columns: { at: 'Made', size: 'Size', machines: 'Machines', version: 'Version' },
  unreadable: '(unreadable)',
  download: 'Download',
  downloadOf: (id: string) => `Download the backup ${id}`,
  delete: 'Delete',
  deleteOf: (id: string) => `Delete the backup ${id}`,
  deleteTitle: (id: string) => `Delete the backup ${id}?`,
  deleteText: 'The file goes. It cannot be brought back.',
  deleted: (id: string) => `The backup ${id} was deleted.`,
  none: 'None yet.',
  failed: (id: string, error: string) => `Backup ${id} was not made: ${error}`,
  restoreTitle: 'Take a backup over',
  restoreAbout:
    'A full backup is checked here and takes the place of the present state when the console starts next. What is there now is kept.',
  choose: 'Choose a .btybackup file',
  checking: 'Checking …',
  staged: 'The backup is whole. It takes the place of the present state when the console starts next.',
  waiting: (file: string, machines: number) =>
    `When the console starts next, ${file} (${machines} machines) takes the place of the present state.`,
  keptAs: (file: string, as: string) => `${file} is kept as ${as}.`,
  withdraw: 'Keep the present state',
  withdrawn: 'The present state stays.',
  restore: 'Or stop the console and run',
  restoreCommand: 'bty-console restore FILE',
  schedule: (cadence: string, keep: number | null) =>
    `Inventory is backed up ${cadence}; the newest ${keep ?? '?'} are kept.`,
  noSchedule: 'No backup is scheduled.',
  where: (root: string) => `Kept in ${root}`,
}
