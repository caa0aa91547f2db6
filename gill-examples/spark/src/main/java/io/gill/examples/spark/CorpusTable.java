package io.gill.examples.spark;

import io.gill.GillException;
import io.gill.retrieval.ImageLibrary;
import io.gill.retrieval.IndexedImage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The table of a corpus: one row per image. The embeddings' column carries their {@link Space}. */
final class CorpusTable {
  private static final String ID = "id";
  private static final String URI = "uri";
  private static final String EMBEDDING = "embedding";
  private static final String DIMENSION = "gill_dimension";
  private static final String LOGIT_SCALE = "gill_logit_scale";

  private CorpusTable() {}

  static StructType schema(Space space) {
    Metadata metadata = new MetadataBuilder()
        .putLong(DIMENSION, space.dimension()).putDouble(LOGIT_SCALE, space.logitScale()).build();
    return new StructType()
        .add(ID, DataTypes.StringType, false)
        .add(URI, DataTypes.StringType, false)
        .add(ImageLibrary.FOLDER, DataTypes.StringType, false)
        .add(ImageLibrary.VERSION, DataTypes.StringType, false)
        .add(EMBEDDING, DataTypes.createArrayType(DataTypes.FloatType, false), false, metadata);
  }

  /** Returns the space of the embeddings of a table that was read. */
  static Space space(String name, StructType schema) {
    for (StructField field : schema.fields()) {
      if (field.name().equals(EMBEDDING) && field.metadata().contains(DIMENSION)) {
        return new Space(
            (int) field.metadata().getLong(DIMENSION), (float) field.metadata().getDouble(LOGIT_SCALE));
      }
    }
    throw new GillException(name + " was not written by embed-corpus: embed the images into a new folder");
  }

  static Row row(IndexedImage image) {
    float[] embedding = image.embedding();
    Float[] values = new Float[embedding.length];
    Arrays.setAll(values, i -> embedding[i]);
    return RowFactory.create(image.id(), image.uri(), image.attributes().get(ImageLibrary.FOLDER),
        image.attributes().get(ImageLibrary.VERSION), values);
  }

  static IndexedImage image(Row row) {
    List<Float> values = row.getList(row.fieldIndex(EMBEDDING));
    float[] embedding = new float[values.size()];
    for (int i = 0; i < embedding.length; i++) {
      embedding[i] = values.get(i);
    }
    return new IndexedImage(text(row, ID), text(row, URI), Map.of(
        ImageLibrary.FOLDER, text(row, ImageLibrary.FOLDER),
        ImageLibrary.VERSION, text(row, ImageLibrary.VERSION)), embedding);
  }

  private static String text(Row row, String column) {
    return row.getString(row.fieldIndex(column));
  }
}
