import { safeStorage } from 'electron'

/** Seals the identity's key with the system's key store, where there is a real one. */
export function systemVault() {
  return {
    /** False where Electron would only obfuscate (Linux without a keyring): a 0600 file is as good and can be moved. */
    available: () =>
      safeStorage.isEncryptionAvailable() &&
      (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'),
    encrypt: (plain: Uint8Array): Uint8Array =>
      safeStorage.encryptString(Buffer.from(plain).toString('base64')),
    decrypt: (sealed: Uint8Array): Uint8Array =>
      Buffer.from(safeStorage.decryptString(Buffer.from(sealed)), 'base64'),
  }
}
