/** A line on the terminal that says how far long work has come; silent where no terminal is attached. */
export class Progress {
  private readonly terminal = process.stderr.isTTY === true;
  private shownAt = 0;

  show(text: string): void {
    if (!this.terminal || Date.now() - this.shownAt < 100) return;
    this.shownAt = Date.now();
    process.stderr.write(`\r\u001B[K… ${text}`);
  }

  clear(): void {
    if (this.terminal && this.shownAt > 0) process.stderr.write('\r\u001B[K');
  }
}
