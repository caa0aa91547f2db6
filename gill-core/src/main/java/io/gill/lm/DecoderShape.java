package io.gill.lm;

/**
 * The sizes of a decoder that its runtime needs.
 *
 * @param layers number of layers that remember keys and values
 * @param keyValueHeads K, number of heads of the keys and values; a group of query heads may share one
 * @param headSize E, width of one head
 * @param width D, width of the embeddings and of the last hidden state
 * @param positions maximum number of positions in one context
 */
public record DecoderShape(int layers, int keyValueHeads, int headSize, int width, int positions) {}
