// Appends a line to a file of lines that a later process reads. A crash or a full disk may have cut off the file's last line; the appended line then
// begins on a line of its own, because a line that is glued to a cut-off line cannot be read.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const APPEND = constants.O_CREAT | constants.O_APPEND | constants.O_RDWR;
const MODE = 0o600;
const NEW_LINE = 10;

/** Opens the file for `appendLine`; the file is created with mode 0600 if it is missing. */
export const openLines = (path: string): Promise<FileHandle> => open(path, APPEND, MODE);

/** Appends the text as one line; resolves when the line is on the disk. @param file a file that `openLines` opened. */
export async function appendLine(file: FileHandle, text: string): Promise<void> {
  await file.appendFile(`${(await isCutOff(file)) ? '\n' : ''}${text}\n`);
  await file.datasync();
}

/** Whether the file's last line lacks its end. */
async function isCutOff(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const last = Buffer.alloc(1);
  return size > 0 && (await file.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== NEW_LINE;
}
