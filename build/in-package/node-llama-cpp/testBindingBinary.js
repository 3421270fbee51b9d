// Stands in a package where node-llama-cpp has a trial of its libraries in a process of its own. That trial forks Electron as a plain
// Node, which our packages forbid (fuse RunAsNode): it would start the app a second time. Nothing is lost: node-llama-cpp is
// only ever loaded in the inference process, which may crash and is started again, and a library that cannot be loaded is an
// ordinary error, after which the next one is tried.
export async function testBindingBinary() {
  return true
}
