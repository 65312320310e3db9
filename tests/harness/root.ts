/** Options of a test that makes loop devices or network namespaces: without root it is a counted skip with its reason. */
export const NEEDS_ROOT: { skip?: string } =
  process.getuid?.() === 0 ? {} : { skip: 'needs root, for loop devices or network namespaces' }
