import { join } from 'node:path'

// Programs that tests start in processes of their own, often in an empty directory, load a compiler and compile everything anew
// each time, which takes longer than what they do. Where `pnpm start` keeps compiled code, they find it. The process of the test
// itself reads this no more: coverage is exact only without.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/waqtor')
