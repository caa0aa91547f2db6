package io.gill.retrieval;

class ExactIndexInMemoryTest extends ImageIndexContract {
  @Override
  ImageIndex create(int dimension, float logitScale) {
    return ExactIndex.inMemory(dimension, logitScale);
  }
}
