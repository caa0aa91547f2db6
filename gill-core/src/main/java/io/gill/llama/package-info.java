/** Llama and the families whose decoders differ from it in options: Mistral, Qwen 2 and Qwen 3. */
@NullMarked
package io.gill.llama;

import org.jspecify.annotations.NullMarked;
