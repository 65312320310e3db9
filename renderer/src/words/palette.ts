/** Words of the command palette and of the list of shortcuts. */
export const paletteWords = {
  title: 'Go to or do',
  search: 'Screen, machine, image or action',
  none: 'Nothing fits. Try a part of a MAC, a label or a name.',
  screen: 'screen',
  image: 'image',
  action: 'action',
  addMachine: 'Add machine',
  addImage: 'Add image by URL',
  backup: 'Back up everything',
  keys: 'Keyboard shortcuts',
  shortcuts: [
    ['Ctrl+K', 'Go to any screen, machine or image, or do something'],
    ['?', 'This list'],
    ['/', 'Search in the list that is shown'],
    ['↑ ↓', 'Move through a list'],
    ['Enter', 'Open what is focused'],
    ['x, Space', 'Choose the focused machine'],
    ['Shift+x', 'Choose all machines up to the focused one'],
    ['Esc', 'Close, or clear the search'],
  ] as [keys: string, does: string][],
}
