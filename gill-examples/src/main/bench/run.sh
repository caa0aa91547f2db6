#!/usr/bin/env bash
# Measures gill and its peers on the same files. Run it from the repository's root on an idle machine, after
# `mvn -DskipTests package`. It takes forty minutes on two cores and 25 GB of disk.
#
#   gill-examples/src/main/bench/run.sh FOLDER [avx2 | cuda]
#
# FOLDER keeps the weights and the results. With avx2, libtorch, MKL and FAISS use no newer instructions; llama.cpp
# chooses its instructions when it is compiled. With cuda, after `mvn -Pgpu -DskipTests package`, gill and Python
# compute on the GPU; what exists for CPUs only is left out.
#
# PYTHON   an interpreter with torch, transformers, safetensors, diffusers, numpy and faiss-cpu; without it, the Python
#          peers are skipped
# SIZE     size of the OPT model (1.3b)
# THREADS  number of threads (2)
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
folder=${1:?name a folder for the weights and the results}
size=${SIZE:-1.3b}
threads=${THREADS:-2}
set_name=${2:-default}
mkdir -p "$folder"
export OMP_NUM_THREADS=$threads TORCH_THREADS=$threads
if [ "$set_name" = avx2 ]; then
  export ATEN_CPU_CAPABILITY=avx2 FBGEMM_ENABLE_INSTRUCTIONS=AVX2 ONEDNN_MAX_CPU_ISA=AVX2 OPENBLAS_CORETYPE=Haswell
  export MKL_ENABLE_INSTRUCTIONS=AVX2 FAISS_OPT_LEVEL=avx2
fi
device=()
storages=("--precision float32" "--precision bfloat16" "--quantization int8" "--quantization int4")
if [ "$set_name" = cuda ]; then
  export DEVICE=cuda
  device=(--device cuda)
  storages=("--precision float32" "--precision bfloat16" "--precision float16")
fi
result=$folder/results-$set_name.txt
: > "$result"

measure() {
  printf '\n$ %s\n' "$*" | tee -a "$result"
  "$@" 2>> "$folder/messages.txt" | tee -a "$result" || echo "failed: see $folder/messages.txt" | tee -a "$result"
}

gill() {
  measure java -jar "$root/gill-examples/target/gill-examples.jar" "$@"
}

gill bench "${device[@]}"
for storage in "${storages[@]}"; do
  # shellcheck disable=SC2086 # an option and its value
  gill bench --no-kernels --shape "$size" --folder "$folder/opt-$size" "${device[@]}" $storage
done
for type in float32 bfloat16; do
  gill bench --no-kernels --pictures --folder "$folder/pictures" --seconds 0 "${device[@]}" --precision $type
done
if [ "$set_name" != cuda ]; then
  rm -rf "$folder/index"
  gill bench-search --no-lucene --folder "$folder/index"
fi

if [ -n "${PYTHON:-}" ]; then
  if [ "$set_name" != cuda ]; then
    measure "$PYTHON" "$here/peers.py" search
  fi
  for type in float32 bfloat16; do
    measure "$PYTHON" "$here/peers.py" language "$folder/opt-$size" $type
    measure "$PYTHON" "$here/peers.py" pictures "$folder/pictures" $type
  done
fi

if [ "$set_name" = cuda ]; then
  echo "The results are in $result."
  exit
fi

# llama.cpp, through Maven. Its model has as many weights as OPT-1.3b.
jars=$folder/llama
if [ ! -d "$jars" ]; then
  for artifact in de.kherud:llama:4.2.0 org.jetbrains:annotations:24.1.0 org.slf4j:slf4j-api:2.0.17; do
    mvn -q -B dependency:copy -Dartifact="$artifact" -DoutputDirectory="$jars"
  done
fi
for type in Q8_0 Q4_0; do
  measure java -cp "$jars/*" "$here/LlamaCpp.java" "$folder" "$type" "$threads"
done
echo "The results are in $result."
