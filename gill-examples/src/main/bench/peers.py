"""Times transformers and diffusers on the files that `gill bench --folder` writes, and FAISS on random embeddings.

    python peers.py language FOLDER [bfloat16]    prefill, decoding with a cache, and a turn as GILL's published code
                                                  computes it: every token computes all positions again
    python peers.py pictures FOLDER [bfloat16]    CLIP, UNet, autoencoders; needs diffusers
    python peers.py search                        200,000 embeddings of 256; needs faiss-cpu and numpy

Needs torch, transformers and safetensors. TORCH_THREADS sets the number of threads (2), DEVICE another device (cuda).
"""

import os
import sys
import time

import torch

PREFILL = 64
DECODED = 32
THREADS = int(os.environ.get("TORCH_THREADS", "2"))
DEVICE = os.environ.get("DEVICE", "cpu")


def seconds(work):
    start = time.perf_counter()
    work()
    if DEVICE != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def report(name, work):
    """Times work after a warm-up: three times at least and for a second at least."""
    work()
    times = []
    while len(times) < 3 or sum(times) < 1:
        times.append(seconds(work))
    show(name, times)


def show(name, times):
    """Prints median and extremes, as gill's bench does."""
    times = sorted(times)
    median = (times[(len(times) - 1) // 2] + times[len(times) // 2]) / 2
    print(f"{name:42}{median * 1e3:8.2f} ms   ({times[0] * 1e3:.2f} to {times[-1] * 1e3:.2f}, {len(times)} times)",
          flush=True)


def language(folder, dtype):
    import transformers

    start = time.perf_counter()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval().to(DEVICE)
    print(f"transformers {transformers.__version__}, loaded in {time.perf_counter() - start:.1f} s")
    prompt = torch.tensor([[(100 + 37 * i) % model.config.vocab_size for i in range(PREFILL)]], device=DEVICE)
    # logits go to the host, where a sampler reads them
    report(f"prefill, {PREFILL} tokens", lambda: model(prompt, use_cache=True, logits_to_keep=1).logits.cpu())
    past = model(prompt, use_cache=True, logits_to_keep=1).past_key_values
    times = [seconds(lambda: model(prompt[:, 1:2], past_key_values=past, use_cache=True).logits.cpu())
             for _ in range(DECODED + 8)]
    show("decode, per token", times[8:])  # the first tokens are a warm-up

    def turn():
        ids = prompt
        for _ in range(DECODED):
            logits = model(ids, use_cache=False, output_hidden_states=True).logits
            ids = torch.cat([ids, logits[:, -1:].argmax(-1)], 1)

    show(f"turn: {PREFILL} tokens in, {DECODED} out, published way", [seconds(turn)])


def pictures(folder, dtype):
    import diffusers
    import transformers

    print(f"transformers {transformers.__version__}, diffusers {diffusers.__version__}")
    channels_last = dtype == torch.bfloat16
    noise = torch.randn(2, 4, 64, 64, dtype=dtype, device=DEVICE)
    text = torch.randn(2, 77, 768, dtype=dtype, device=DEVICE)
    picture = torch.randn(1, 3, 224, 224, dtype=dtype, device=DEVICE)

    def load(kind, name):
        path = os.path.join(folder, name)
        model = kind.from_pretrained(path, torch_dtype=dtype, low_cpu_mem_usage=False).eval().to(DEVICE)
        return model.to(memory_format=torch.channels_last) if channels_last else model

    clip = transformers.CLIPVisionModel.from_pretrained(os.path.join(folder, "clip"), dtype=dtype).eval().to(DEVICE)
    report("CLIP ViT-L/14, one picture", lambda: clip(picture))
    unet = load(diffusers.UNet2DConditionModel, "unet")
    report("UNet step, 512x512, with guidance", lambda: unet(noise, 500, text))
    report("UNet step, 512x512, without guidance", lambda: unet(noise[:1], 500, text[:1]))
    del unet
    vae = load(diffusers.AutoencoderKL, "vae")
    report("autoencoder, 512x512", lambda: vae.decode(noise[:1]))
    tiny = load(diffusers.AutoencoderTiny, "tiny")
    report("tiny autoencoder, 512x512", lambda: tiny.decode(noise[:1]))


def search():
    import faiss
    import numpy

    faiss.omp_set_num_threads(THREADS)
    random = numpy.random.default_rng(1)
    centres = random.standard_normal((2000, 256)).astype("f")

    def embeddings(count):
        clusters = (2000 ** random.random(count)).astype(int)
        rows = centres[clusters] + 0.7 * random.standard_normal((count, 256)).astype("f")
        faiss.normalize_L2(rows)
        return rows

    index = faiss.IndexFlatIP(256)
    index.add(embeddings(200_000))
    queries = iter(numpy.tile(embeddings(100), (100, 1)))
    report("FAISS flat, 200,000 x 256, one query", lambda: index.search(next(queries)[None], 10))


def main():
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    dtype = torch.bfloat16 if "bfloat16" in sys.argv[3:] else torch.float32
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, {THREADS} threads, {dtype}")
    with torch.inference_mode():
        match sys.argv[1:2]:
            case ["language"]:
                language(sys.argv[2], dtype)
            case ["pictures"]:
                pictures(sys.argv[2], dtype)
            case ["search"]:
                search()
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    main()
