package io.gill.weights;

import io.gill.GillException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Detects file formats by their first bytes and names common wrong files. */
final class FileFormat {
  private static final int PEEK = 64;

  private FileFormat() {}

  static TensorFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      refuseImpostors(file);
      if (isSafetensors(file)) {
        return Safetensors.read(file);
      }
      if (GraphDef.matches(file)) {
        return GraphDef.read(file);
      }
      return PyTorchFile.read(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    } catch (InternalError e) {
      file.close();
      throw file.shrunk(e);
    }
  }

  /** Rejects empty files, Git LFS pointers and web pages, which are often saved under the name of a checkpoint. */
  static void refuseImpostors(MappedFile file) {
    if (file.size() == 0) {
      throw new GillException(file.path() + " is empty; download it again");
    }
    byte[] bytes = new byte[(int) Math.min(PEEK, file.size())];
    file.slice(0, bytes.length).get(bytes);
    String start = new String(bytes, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
    if (start.startsWith("version https://git-lfs")) {
      throw new GillException(file.path() + " is a Git LFS pointer, not the weights; fetch them with: git lfs pull");
    }
    if (start.startsWith("<!doctype") || start.startsWith("<html") || start.startsWith("<?xml")) {
      throw new GillException(file.path() + " is a web page, not weights; the download returned an error page");
    }
  }

  static boolean startsWith(MappedFile file, int... bytes) {
    if (file.size() < bytes.length) {
      return false;
    }
    ByteBuffer start = file.slice(0, bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (start.get(i) != (byte) bytes[i]) {
        return false;
      }
    }
    return true;
  }

  /** Matches pickles of protocol 2 to 5. */
  static boolean isPickle(MappedFile file) {
    return startsWith(file, 0x80) && file.size() > 1 && file.slice(1, 1).get() >= 2 && file.slice(1, 1).get() <= 5;
  }

  private static boolean isSafetensors(MappedFile file) {
    Path name = file.path().getFileName();
    if (name != null && name.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
      return true;
    }
    if (file.size() < 9) {
      return false;
    }
    ByteBuffer start = file.slice(0, 9);
    return start.get(8) == '{' && start.getLong(0) > 0 && start.getLong(0) <= file.size() - 8;
  }
}
