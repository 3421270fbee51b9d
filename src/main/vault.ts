import { safeStorage } from 'electron'
import type { IdentityVault } from '../node/identity/identity-file.ts'

/** Seals the identity's key with the system's key store, where there is a real one. */
export function systemVault(): IdentityVault {
  return {
    /** False where Electron would only obfuscate (Linux without a keyring): a 0600 file is as good, and can be moved. */
    available: () =>
      safeStorage.isEncryptionAvailable() &&
      (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'),
    encrypt: (text) => safeStorage.encryptString(text),
    decrypt: (bytes) => safeStorage.decryptString(Buffer.from(bytes)),
  }
}
