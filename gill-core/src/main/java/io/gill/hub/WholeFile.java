package io.gill.hub;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.nio.ByteBuffer;

/** Receives a file from its beginning and appends the bytes that are missing. */
final class WholeFile implements Receiver {
  private final HubFile file;
  private final IncompleteFile out;
  private final Progress progress;
  private long position;

  WholeFile(HubFile file, IncompleteFile out, Progress progress) {
    this.file = file;
    this.out = out;
    this.progress = progress;
  }

  @Override
  public void begin(int status, HttpHeaders headers) throws IOException {
    if (status != 200) {
      throw new HubException("the server sent a range that was not requested");
    }
    position = 0;
  }

  @Override
  public boolean accept(ByteBuffer bytes) {
    int skipped = (int) Math.min(bytes.remaining(), out.length() - position);
    position += skipped;
    bytes.position(bytes.position() + skipped);
    int length = (int) Math.min(bytes.remaining(), out.missing());
    if (length > 0) {
      out.append(bytes.slice(bytes.position(), length));
      position += length;
      progress.add(file.name(), length);
    }
    return out.missing() > 0;
  }
}
