import { GuestError } from './report.mjs'
/**
 * @param {import('./lock.mjs').PackagePin} source
 * @param {string} folder
 * @returns {Promise<Record<string, string>>}
 */
export async function buildSmallKernel(source, folder) {
  throw new GuestError(`not yet ${source.name} ${folder}`)
}
