package io.gill.retrieval;

import com.google.common.base.Throwables;
import io.gill.GillException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.AlreadyClosedException;

/**
 * Reports files that Lucene cannot read as a damaged index. Whoever tampers with a file can also correct its checksum;
 * Lucene then fails with arbitrary exceptions.
 */
final class LuceneGuard {
  private LuceneGuard() {}

  static <T> T run(Path path, Uninterrupted.Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (GillException | AlreadyClosedException | IndexSearcher.TooManyClauses | UnsupportedOperationException e) {
      throw e;
    } catch (RuntimeException | AssertionError | VirtualMachineError e) {
      throw failure(path, e);
    }
  }

  static GillException failure(Path path, Throwable e) {
    for (Throwable cause : Throwables.getCausalChain(e)) {
      if (cause instanceof OutOfMemoryError) {
        return new GillException(path + " needs more memory than is available: give Java a larger heap (-Xmx) or, if "
            + "the index may be damaged, restore its folder from a backup", e);
      } else if (cause instanceof InternalError) {
        return new GillException(path + " cannot be read: one of its files was truncated while the index was open, or "
            + "its disk is failing: " + Segment.RESTORE, e);
      }
    }
    return Segment.damaged(path.toString(), "is damaged although its checksums are correct (" + e + ")");
  }

  /** Rejects pipes and devices: opening a pipe blocks. */
  static void requireFiles(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (isOther(file)) {
          throw new GillException(file + " is neither a file nor a folder: remove it from the index's folder");
        }
      }
    }
  }

  private static boolean isOther(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).isOther();
    } catch (NoSuchFileException e) {
      return false; // deleted by a writer, or a dangling link
    }
  }

  /** Requires an embedding of the index's kind for every image, so that a segment cannot claim more than it holds. */
  static void requireEmbeddings(Path path, DirectoryReader reader, String field, int dimension) throws IOException {
    for (LeafReaderContext leaf : reader.leaves()) {
      FieldInfo info = leaf.reader().getFieldInfos().fieldInfo(field);
      FloatVectorValues values = leaf.reader().getFloatVectorValues(field);
      if (info == null || values == null || info.getVectorDimension() != dimension
          || info.getVectorEncoding() != VectorEncoding.FLOAT32
          || info.getVectorSimilarityFunction() != VectorSimilarityFunction.DOT_PRODUCT
          || values.size() > leaf.reader().maxDoc() || values.size() < leaf.reader().numDocs()) {
        throw Segment.damaged(path.toString(), "has a segment whose embeddings do not match the index");
      }
    }
  }
}
