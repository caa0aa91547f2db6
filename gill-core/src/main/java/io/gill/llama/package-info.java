/** Llama, and the families whose decoders differ from it by an option: Mistral, Qwen 2 and Qwen 3. */
@NullMarked
package io.gill.llama;

import org.jspecify.annotations.NullMarked;
