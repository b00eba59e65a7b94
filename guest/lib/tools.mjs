/** Programs of the host that preparing needs, and installing them. */
import { run, which } from './process.mjs'
import { GuestError, step } from './report.mjs'

/**
 * @typedef {object} Tool
 * @property {readonly string[]} programs any one of these will do
 * @property {string} package the Debian and Ubuntu package that has it
 */

/** @type {readonly Tool[]} */
const BASIC_TOOLS = [
  { programs: ['tar'], package: 'tar' },
  { programs: ['xz'], package: 'xz-utils' },
  { programs: ['mkfs.erofs'], package: 'erofs-utils' },
  { programs: ['qemu-riscv64', 'qemu-riscv64-static'], package: 'qemu-user' },
]

/** @type {readonly Tool[]} */
const KERNEL_TOOLS = [
  { programs: ['riscv64-linux-gnu-gcc'], package: 'gcc-riscv64-linux-gnu' },
  { programs: ['gcc'], package: 'gcc' },
  { programs: ['make'], package: 'make' },
  { programs: ['flex'], package: 'flex' },
  { programs: ['bison'], package: 'bison' },
  { programs: ['bc'], package: 'bc' },
]

/**
 * @param {import('./recipe.mjs').KernelKind} kind
 * @returns {string[]} packages to install
 */
function missingPackages(kind) {
  const tools = kind === 'small' ? [...BASIC_TOOLS, ...KERNEL_TOOLS] : BASIC_TOOLS
  return tools
    .filter(({ programs }) => programs.every((program) => which(program) === undefined))
    .map((tool) => tool.package)
}

/** @returns {Promise<string[] | undefined>} what to put before a command that needs root */
async function rootPrefix() {
  if (process.getuid?.() === 0) return []
  if (which('sudo') === undefined) return undefined
  const asked = await run('sudo', ['-n', 'true'], { acceptFailure: true })
  return asked.status === 0 ? ['sudo', '-n'] : undefined
}

/**
 * Makes sure that all programs are there; installs what is missing when that
 * needs no password.
 * @param {import('./recipe.mjs').KernelKind} kind
 * @throws {GuestError} with what to install, when it cannot be done here
 */
export async function provideTools(kind) {
  const native = ['apt-get', 'apt-cache', 'apt-config', 'dpkg-deb']
  if (native.some((program) => which(program) === undefined)) {
    throw new GuestError(
      'The guest is prepared with apt and dpkg, so it needs a Debian or Ubuntu machine. ' +
        'Prepare it on one and copy the folder .cache/guest here.',
    )
  }
  const missing = missingPackages(kind)
  if (missing.length === 0) return
  const prefix = await rootPrefix()
  const words = missing.join(' ')
  if (prefix === undefined) {
    throw new GuestError(`Programs are missing. Install them: sudo apt-get install ${words}`)
  }
  await step(`installing ${words}`, async () => {
    const [command = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
    await run(command, [...rest, '--quiet', 'update'])
    const flags = ['--quiet', '--yes', '--no-install-recommends', 'install']
    await run(command, [...rest, ...flags, ...missing])
  })
  const still = missingPackages(kind)
  if (still.length > 0) {
    throw new GuestError(`These packages were installed and yet lack programs: ${still.join(' ')}`)
  }
}
