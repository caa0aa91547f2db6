package io.gill.examples;

/** Writes a transcript once: when it is closed, or before that if a signal ends the program. */
final class TranscriptFile implements AutoCloseable {
  private final Runnable write;
  private final Thread hook = new Thread(this::write, "gill-transcript");
  private boolean written;

  TranscriptFile(Runnable write) {
    this.write = write;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  synchronized void write() {
    if (!written) {
      written = true;
      write.run();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The program is ending already.
    }
    write();
  }
}
