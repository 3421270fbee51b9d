/**
 * CPU time so far, in milliseconds: of this thread, or of the whole process where Node cannot tell (before 23.9).
 * Unlike the clock it does not count the time that other programs take.
 */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1000
}
