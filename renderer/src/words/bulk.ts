/** Words of what is done with many machines at once. */
const machines = (count: number) => `${count} ${count === 1 ? 'machine' : 'machines'}`

export const bulkWords = {
  bar: 'Chosen machines',
  choose: (mac: string) => `Choose ${mac}`,
  chooseShown: (count: number) => `Choose all ${count} shown`,
  column: 'Choose',
  chosen: (count: number, hidden: number) =>
    `${count} chosen${hidden > 0 ? `, ${hidden} of them not shown` : ''}`,
  clear: 'Choose none',
  assign: 'Image and boot mode',
  labels: 'Labels',
  rearm: 'Start over',
  delete: 'Delete',
  working: (done: number, total: number) => `${done} of ${total} done`,
  failed: (count: number) =>
    `${machines(count)} could not be changed and ${count === 1 ? 'is' : 'are'} still chosen:`,
  more: (count: number) => `and ${count} more`,
  close: 'Close this list',

  noDisk: 'no target disk chosen yet',
  noCycle: 'its boot mode has nothing to start over',
  left: (count: number) => `${machines(count)} will stay as ${count === 1 ? 'it is' : 'they are'}:`,
  same: (count: number) => `${machines(count)} ${count === 1 ? 'has' : 'have'} this already.`,
  nothing: 'Nothing would change.',
  overwrites: (count: number) =>
    `At the next network boot the target disk of ${machines(count)} is overwritten.`,

  assignTitle: (count: number) => `Image and boot mode of ${machines(count)}`,
  ownDisk: 'Each machine keeps the target disk that was chosen for it.',
  assignYes: (count: number) => `Change ${machines(count)}`,

  labelsTitle: (count: number) => `Labels of ${machines(count)}`,
  how: 'What to do with these labels',
  hows: { add: 'Add', remove: 'Take away', set: 'Replace all' },
  howAbout: {
    add: 'What each machine has stays.',
    remove: 'Every other label stays.',
    set: 'Other labels are lost.',
  },

  rearmTitle: (count: number) => `Start over on ${machines(count)}?`,
  rearmText: 'Each forgets that its boot mode already ran, so the next network boot does it again.',
  deleteTitle: (count: number) => `Delete ${machines(count)}?`,
  deleteText:
    'Their assignments, labels and inventory go. Their events stay. They come back as new machines when they boot from the network.',
  deleteBusy: (count: number) =>
    count === 1 ? 'One of them is being flashed now.' : `${count} of them are being flashed now.`,
  deleteYes: (count: number) => `Delete ${machines(count)}`,

  done: {
    assign: (count: number) => `${machines(count)} changed.`,
    labels: (count: number) => `Labels of ${machines(count)} changed.`,
    rearm: (count: number) => `${machines(count)} will start over.`,
    delete: (count: number) => `${machines(count)} deleted.`,
  },
}
